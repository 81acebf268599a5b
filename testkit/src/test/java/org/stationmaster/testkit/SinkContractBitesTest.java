package org.stationmaster.testkit;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stationmaster.testkit.MemorySinkContract.Flaw;

/** Each flaw of a sink is found by the test that is there for it. */
@Timeout(30)
final class SinkContractBitesTest {
    /** One test of the suite. */
    private interface Part {
        void run(MemorySinkContract contract) throws Exception;
    }

    private static void assertFound(Path folder, Flaw flaw, Part part) {
        var contract = new MemorySinkContract(flaw);
        contract.runWith(folder);
        assertThatThrownBy(() -> part.run(contract)).isInstanceOf(AssertionError.class);
    }

    @Test
    void aPartTakenTwice(@TempDir Path folder) {
        assertFound(folder, Flaw.FORGETS_ITS_PART, MemorySinkContract::aBatchTakenInPartIsNotTakenTwice);
    }

    @Test
    void aBatchLost(@TempDir Path folder) {
        assertFound(
                folder,
                Flaw.GIVES_UP_A_FAILED_BATCH,
                MemorySinkContract::theSameBatchAfterAFailureGivesNeitherLossNorDuplicate);
    }

    @Test
    void bytesLost(@TempDir Path folder) {
        assertFound(folder, Flaw.KEEPS_VIEWS, MemorySinkContract::everyByteIsKept);
    }

    @Test
    void orderLost(@TempDir Path folder) {
        assertFound(folder, Flaw.TURNS_ROUND, MemorySinkContract::allIsHeldInOrder);
    }

    @Test
    void thePastLost(@TempDir Path folder) {
        assertFound(folder, Flaw.BEGINS_AGAIN, MemorySinkContract::aClosedSinkIsGoneOnWith);
    }

    @Test
    void idsMixedUp(@TempDir Path folder) {
        assertFound(folder, Flaw.DROPS_DOTS_OF_IDS, MemorySinkContract::everyLegalIdIsAPlaceOfItsOwn);
    }
}
