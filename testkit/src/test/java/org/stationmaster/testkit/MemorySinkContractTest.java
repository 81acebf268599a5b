package org.stationmaster.testkit;

import org.junit.jupiter.api.Timeout;

/** The sink suite, run by JUnit over a sink that is right. */
@Timeout(30)
final class MemorySinkContractTest extends MemorySinkContract {
    MemorySinkContractTest() {
        super(Flaw.NONE);
    }
}
