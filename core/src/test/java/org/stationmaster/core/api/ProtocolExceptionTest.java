package org.stationmaster.core.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which reasons a protocol may give: not those that mean something else to the slot, TOLD among them. */
@Timeout(10)
class ProtocolExceptionTest {
    @ParameterizedTest
    @EnumSource(names = {"ENDED", "CORRUPT", "REFUSED", "NO_ROOM"})
    void aProtocolMayGive(EndReason reason) {
        assertThat(new ProtocolException(reason, "what came").reason()).isEqualTo(reason);
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 3601})
    void aBackoffHasABound(long seconds) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ProtocolException(EndReason.REFUSED, "what came", Duration.ofSeconds(seconds)))
                .withMessageContaining("give 0 to PT1H");
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
