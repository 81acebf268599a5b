package org.stationmaster.testkit;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.Callable;

/** Waits for what another thread will do. */
final class Await {
    private Await() {}

    static void until(Callable<Boolean> holds) {
        await().pollInterval(Duration.ofMillis(2))
                .atMost(Duration.ofSeconds(15))
                .until(holds);
    }
}
