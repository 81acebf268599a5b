package org.stationmaster.testkit;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.opentest4j.AssertionFailedError;
import org.stationmaster.testkit.ToyProtocol.Flaw;

/** Each flaw of a protocol is found by the test that is there for it. */
@Timeout(30)
@SuppressWarnings("JUnitMethodInvoked") // that is the point: the suite itself is under test
final class ProtocolContractBitesTest {
    /** One test of the suite. */
    private interface Part {
        void run(ToyContract contract) throws Exception;
    }

    private static void assertFound(Flaw flaw, Part part) {
        assertThatThrownBy(() -> part.run(new ToyContract(flaw))).isInstanceOf(AssertionError.class);
    }

    @Test
    void framesForgotten() {
        assertFound(Flaw.FORGETS_HALF_FRAMES, ToyContract::everySplitGivesTheSameRecords);
        assertFound(Flaw.FORGETS_HALF_FRAMES, ToyContract::byteByByteGivesTheSameRecords);
    }

    @Test
    void recordsHeldBack() {
        assertFound(Flaw.HOLDS_BACK_ONE, ToyContract::aWholeRecordingInOneBufferGivesItsRecords);
        assertFound(Flaw.HOLDS_BACK_ONE, ToyContract::aRecordIsEmittedAsSoonAsItIsWhole);
    }

    @Test
    void wrongBytes() {
        assertFound(Flaw.READS_TOO_FAR, ToyContract::aWholeRecordingInOneBufferGivesItsRecords);
    }

    @Test
    void viewsKept() {
        assertFound(Flaw.KEEPS_A_VIEW, ToyContract::byteByByteGivesTheSameRecords);
    }

    @Test
    void corruptBytesSwallowed() {
        assertFound(Flaw.SWALLOWS_CORRUPT, ToyContract::corruptBytesAreCountedOrEndTheConversation);
    }

    @Test
    void endlessLoops() {
        assertThatThrownBy(() -> assertTimeoutPreemptively(
                        Duration.ofMillis(300),
                        () -> new ToyContract(Flaw.SPINS_ON_ZERO).garbageNeverLoopsAndNeverGrows()))
                .isInstanceOf(AssertionFailedError.class);
    }

    @Test
    void growth() {
        assertFound(Flaw.GROWS, ToyContract::garbageNeverLoopsAndNeverGrows);
    }

    @Test
    void tornRecordsUntold() {
        assertFound(Flaw.SILENT_ABOUT_TORN, ToyContract::anEndInsideARecordIsTold);
    }

    @Test
    void helloForgotten() {
        assertFound(Flaw.NO_HELLO, ToyContract::theHelloIsWrittenFirst);
    }

    @Test
    void commandsAcknowledgedBlindly() {
        assertFound(Flaw.ACKNOWLEDGES_BLINDLY, ToyContract::aCommandIsNotAcknowledgedBeforeItIsWritten);
        assertFound(Flaw.ACKNOWLEDGES_BLINDLY, ToyContract::aCommandToAUnidirectionalSourceIsRefused);
    }

    @Test
    void releaseSwallowed() {
        assertFound(Flaw.SWALLOWS_RELEASE, ToyContract::outputOfAReleasedSlotIsNotSwallowed);
    }
}
