package org.stationmaster.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class StopSignalsTest {
    private final List<String> log = new ArrayList<>();
    private final StopSignals signals = new StopSignals(code -> log.add("end " + code));

    @Test
    void theFirstAsksAndTheSecondEndsAtOnceAfterTheTerminalIsPutBack() throws InterruptedException {
        signals.beforeEnd(() -> log.add("put back"));
        assertThat(signals.await(0)).isFalse();
        signals.raiseTerm();
        assertThat(signals.isAsked()).isTrue();
        assertThat(log).isEmpty();
        signals.await();
        signals.raiseTerm();
        assertThat(log).containsExactly("put back", "end 143");
    }

    /** The end of stdin is no signal: a SIGTERM after it is the first. */
    @Test
    void askingIsNotASignal() {
        signals.ask();
        signals.ask();
        signals.raiseTerm();
        assertThat(signals.isAsked()).isTrue();
        assertThat(log).isEmpty();
    }
}
