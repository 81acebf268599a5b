package org.stationmaster.core.state;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The protocol of the sequence word under a model checker, one writer and two readers: each read is one that could have
 * been made between two writes. It tries interleavings; what a processor may reorder is the matter of
 * {@link HalfRaceTest}.
 */
@Tag("race")
@Timeout(300)
class HalfModelTest {
    /** A half of two words. */
    public static class Row {
        final Words words = Words.onHeap(3);

        @Operation(nonParallelGroup = "writer")
        public void write(@Param(gen = IntGen.class) int value) {
            Half.write(words, 0, () -> {
                words.setOpaque(1, value);
                words.setOpaque(2, value);
            });
        }

        /** A mixture shows as a value that nobody wrote. */
        @Operation
        public long read() {
            var copy = new long[2];
            while (!read(copy)) {
                Thread.onSpinWait();
            }
            return copy[0] == copy[1] ? copy[0] : Long.MIN_VALUE;
        }

        boolean read(long[] copy) {
            return Half.read(words, 0, () -> copy(copy));
        }

        final void copy(long[] copy) {
            copy[0] = words.getOpaque(1);
            copy[1] = words.getOpaque(2);
        }
    }

    /** Its reader does not look at the sequence. */
    public static final class Careless extends Row {
        @Override
        boolean read(long[] copy) {
            copy(copy);
            return true;
        }
    }

    /** Its reader looks at the sequence before, but not behind. */
    public static final class Hasty extends Row {
        @Override
        boolean read(long[] copy) {
            boolean even = (words.getAcquire(0) & 1) == 0;
            copy(copy);
            return even;
        }
    }

    private static void check(Class<? extends Row> row) {
        new ModelCheckingOptions()
                .iterations(20)
                .invocationsPerIteration(500)
                .threads(3)
                .actorsPerThread(2)
                .actorsBefore(1)
                .actorsAfter(1)
                .minimizeFailedScenario(false)
                .check(row);
    }

    @Test
    void eachReadIsOneWrite() {
        check(Row.class);
    }

    @Test
    void aReaderThatDoesNotLookIsCaught() {
        assertThatExceptionOfType(LincheckAssertionError.class).isThrownBy(() -> check(Careless.class));
    }

    @Test
    void aReaderThatLooksOnceIsCaught() {
        assertThatExceptionOfType(LincheckAssertionError.class).isThrownBy(() -> check(Hasty.class));
    }
}
