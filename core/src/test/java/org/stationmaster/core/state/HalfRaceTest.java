package org.stationmaster.core.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** One writer, several readers: whoever reads a half reads one write, never a mixture of two. */
@Tag("race")
@Timeout(120)
@ParameterizedClass
@EnumSource(Twin.class)
class HalfRaceTest {
    private static final int WORDS = 12;
    private static final int WRITES = 400_000;
    private static final int READERS = 3;

    private final Words words;
    private final AtomicLong mixed = new AtomicLong();
    private final AtomicLong whole = new AtomicLong();
    private final AtomicLong torn = new AtomicLong();

    HalfRaceTest(Twin twin) {
        words = twin.words(64);
    }

    private interface Reading {
        boolean read(Words words, int sequence, Runnable body);
    }

    private interface Writing {
        void write(Words words, int sequence, Runnable body);
    }

    private void write(Writing writing, long value) {
        writing.write(words, 0, () -> {
            for (int i = 1; i <= WORDS; i++) {
                words.setOpaque(i, value);
            }
        });
    }

    private void read(Reading reading) {
        var copy = new long[WORDS];
        boolean said = reading.read(words, 0, () -> {
            for (int i = 0; i < WORDS; i++) {
                copy[i] = words.getOpaque(i + 1);
            }
        });
        if (!said) {
            torn.incrementAndGet();
            return;
        }
        whole.incrementAndGet();
        for (long word : copy) {
            if (word != copy[0]) {
                mixed.incrementAndGet();
                return;
            }
        }
    }

    private void race(Writing writing, Reading reading, boolean untilMixed) throws InterruptedException {
        var done = new AtomicBoolean();
        List<Thread> readers = new ArrayList<>();
        for (int r = 0; r < READERS; r++) {
            readers.add(Thread.ofPlatform().start(() -> {
                while (!done.get()) {
                    read(reading);
                }
            }));
        }
        for (long value = 1; value <= WRITES * (untilMixed ? 100L : 1L); value++) {
            write(writing, value);
            if (untilMixed && mixed.get() > 0) {
                break;
            }
        }
        done.set(true);
        for (var reader : readers) {
            reader.join();
        }
    }

    @Test
    void noReaderSeesAMixture() throws InterruptedException {
        race(Half::write, Half::read, false);
        assertThat(mixed).hasValue(0);
        assertThat(whole.get()).isPositive();
        assertThat(Half.read(words, 0, () -> {})).isTrue();
    }

    @Test
    void aReaderThatDoesNotLookAtTheSequenceIsCaught() throws InterruptedException {
        race(
                Half::write,
                (any, sequence, body) -> {
                    body.run();
                    return true;
                },
                true);
        assertThat(mixed.get()).isPositive();
    }

    @Test
    void aWriterThatDoesNotMarkItsWriteIsCaught() throws InterruptedException {
        race(
                (any, sequence, body) -> {
                    body.run();
                    any.setRelease(sequence, any.getOpaque(sequence) + 2);
                },
                Half::read,
                true);
        assertThat(mixed.get()).isPositive();
    }
}
