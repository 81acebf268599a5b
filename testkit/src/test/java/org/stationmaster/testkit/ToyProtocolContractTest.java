package org.stationmaster.testkit;

import org.junit.jupiter.api.Timeout;

/** The protocol suite, run by JUnit over a protocol that is right. */
@Timeout(30)
final class ToyProtocolContractTest extends ToyContract {
    ToyProtocolContractTest() {
        super(ToyProtocol.Flaw.NONE);
    }
}
