package org.stationmaster.core.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class SlotStateTest {
    @Test
    void theTableOfMoves() {
        var table = Arrays.stream(SlotState.values())
                .map(from -> from + " -> " + from.moves())
                .collect(Collectors.joining("\n"));
        assertThat(table).isEqualTo("""
                        IDLE -> [STARTING]
                        STARTING -> [RUNNING, BACKOFF, PAUSED, STOPPING]
                        RUNNING -> [BACKOFF, PAUSED, STOPPING]
                        BACKOFF -> [STARTING, PAUSED, STOPPING]
                        PAUSED -> [STARTING, STOPPING]
                        STOPPING -> [IDLE]""");
    }

    @Test
    void everyStateLeadsBackToIdle() {
        for (var state : SlotState.values()) {
            assertThat(state == SlotState.IDLE
                            || state == SlotState.STOPPING
                            || state.moves().contains(SlotState.STOPPING))
                    .as(state.name())
                    .isTrue();
        }
    }
}
