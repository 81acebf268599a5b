package org.stationmaster.stations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.InvalidSourceException;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.TaskScheduler;

@Timeout(10)
class ProtocolSchedulerTest {
    private final ProtocolScheduler scheduler = new ProtocolScheduler();

    private static Source.Builder source(String protocol) {
        return Source.builder("A", protocol, "127.0.0.1", 1);
    }

    @Test
    void theGenericProtocolsAreFound() {
        assertThat(Protocols.found().names()).contains("tcp-frames", "tcp-lines");
        assertThatNoException()
                .isThrownBy(() -> TaskScheduler.check(
                        scheduler,
                        source("tcp-lines")
                                .option("hello", "true")
                                .option("duplex", "false")
                                .build()));
    }

    @Test
    void whatIsNotKnownIsNamed() {
        assertThatExceptionOfType(InvalidSourceException.class)
                .isThrownBy(
                        () -> TaskScheduler.check(scheduler, source("tcp-lime").build()))
                .satisfies(e -> assertThat(e.field()).isEqualTo("protocol"))
                .withMessageContaining("tcp-lines");
        assertThatExceptionOfType(InvalidSourceException.class)
                .isThrownBy(() -> TaskScheduler.check(
                        scheduler, source("tcp-lines").option("helo", "true").build()))
                .satisfies(e -> assertThat(e.field()).isEqualTo("helo"));
    }

    @Test
    void aCommandWithTwoLinesIsRefused() {
        assertThat(Wire.LINES.refusal("a\nb".getBytes(StandardCharsets.US_ASCII)))
                .contains("one line");
        assertThat(Wire.LINES.refusal("a\n".getBytes(StandardCharsets.US_ASCII)))
                .isEmpty();
        assertThat(Wire.LINES.refusal(new byte[0])).isEmpty();
        assertThat(Wire.FRAMES.refusal("a\nb".getBytes(StandardCharsets.US_ASCII)))
                .isEmpty();
        var encoded = Wire.LINES.encode("a\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(StandardCharsets.US_ASCII.decode(encoded).toString()).isEqualTo("a\n");
    }
}
