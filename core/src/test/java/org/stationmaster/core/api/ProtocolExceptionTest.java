package org.stationmaster.core.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which reasons a protocol may give: not those that mean something else to the slot, TOLD among them. */
@Timeout(10)
class ProtocolExceptionTest {
    @ParameterizedTest
    @EnumSource(names = {"ENDED", "CORRUPT", "REFUSED", "NO_ROOM"})
    void aProtocolMayGive(EndReason reason) {
        assertThat(new ProtocolException(reason, "what came").reason()).isEqualTo(reason);
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"ENDED", "CORRUPT", "REFUSED", "NO_ROOM"})
    void aProtocolMayNotGive(EndReason reason) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ProtocolException(reason, "what came"))
                .withMessage("a protocol cannot end a connection with " + reason + ": give CORRUPT, REFUSED or ENDED");
    }
}
