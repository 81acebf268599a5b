package org.stationmaster.core.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Supplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(10)
class SourceTest {
    private static Source.Builder source() {
        return Source.builder("QSCO", "tcp-lines", "127.0.0.1", 7001);
    }

    private static void refused(String field, ThrowingCallable call) {
        assertThatExceptionOfType(InvalidSourceException.class)
                .isThrownBy(call)
                .satisfies(e -> assertThat(e.field()).isEqualTo(field));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"A", "7", "a.b_c-D", "x..", "0123456789012345678901234567890123456789012345678901234567890123"})
    void legalIds(String id) {
        assertThat(new SourceId(id)).hasToString(id);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "..",
                "-a",
                "_a",
                "a/b",
                "../x",
                "a\\b",
                "a b",
                "a\n",
                "a\u0000",
                "é",
                "ａ",
                "01234567890123456789012345678901234567890123456789012345678901234"
            })
    void illegalIds(String id) {
        refused("id", () -> new SourceId(id));
    }

    @Test
    void aHugeIdMakesAShortMessage() {
        assertThatExceptionOfType(InvalidSourceException.class)
                .isThrownBy(() -> new SourceId("x\u0007".repeat(1_000_000)))
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(250).doesNotContain("\u0007"));
    }

    @Test
    void eachFieldOutOfRangeIsNamed() {
        refused("protocol", () -> Source.of("A", " ", "h", 1));
        refused("host", () -> Source.of("A", "p", "", 1));
        assertThat(Source.dialIn("A", "p").build().isDialIn()).isTrue();
        assertThat(Source.of("A", "p", "h", 1).isDialIn()).isFalse();
        refused("host", () -> Source.of("A", "p", "a b", 1));
        refused("host", () -> Source.of("A", "p", "http://x", 1));
        refused("host", () -> Source.of("A", "p", "h".repeat(254), 1));
        refused("port", () -> Source.of("A", "p", "h", 0));
        refused("port", () -> Source.of("A", "p", "h", 65_536));
        for (double rate : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY, 1e6 + 1}) {
            refused("rate", () -> source().rate(rate).build());
        }
        for (double seconds : new double[] {0, -0.1, Double.NaN, 1e7 + 1}) {
            refused("silenceSeconds", () -> source().silenceSeconds(seconds).build());
        }
        refused("connectTimeoutMillis", () -> source().connectTimeoutMillis(0).build());
        refused(
                "connectTimeoutMillis",
                () -> source().connectTimeoutMillis(600_001).build());
        refused("frameLimitBytes", () -> source().frameLimitBytes(-1).build());
        refused("frameLimitBytes", () -> source().frameLimitBytes((1 << 30) + 1).build());
        refused("tls", () -> new Tls(null, Path.of("cert.pem"), null, null));
    }

    @Test
    void silence() {
        assertThat(source().build().silence()).isEqualTo(Duration.ofSeconds(300));
        assertThat(source().rate(1).build().silence()).isEqualTo(Duration.ofSeconds(5));
        assertThat(source().rate(50).build().silence()).isEqualTo(Duration.ofSeconds(5));
        assertThat(source().rate(0.01).build().silence()).isEqualTo(Duration.ofSeconds(500));
        assertThat(source().rate(1).silenceSeconds(0.25).build().silence()).isEqualTo(Duration.ofMillis(250));
        assertThat(source().rate(Double.MIN_VALUE).build().silence()).isPositive();
    }

    @Test
    void equalMetadataIsEqualWhateverItsOrder() {
        Supplier<Source.Builder> same = () -> source().rate(2).password(new Secret("s"));
        assertThat(same.get()
                        .group("b")
                        .group("a")
                        .option("x", "1")
                        .option("y", "2")
                        .build())
                .isEqualTo(same.get()
                        .option("y", "2")
                        .option("x", "1")
                        .group("a")
                        .group("b")
                        .build())
                .isNotEqualTo(same.get().build());
    }

    @Test
    void aSecretIsNeverShown() {
        assertThat(source().password(new Secret("hunter2")).build().toString())
                .contains("***")
                .doesNotContain("hunter2");
    }

    @Test
    void filters() {
        var north = source().group("north").build();
        assertThat(Filter.all().accepts(north)).isTrue();
        assertThat(Filter.groups("north", "south").accepts(north)).isTrue();
        assertThat(Filter.groups("south").accepts(north)).isFalse();
        assertThat(Filter.groups("south").accepts(source().build())).isFalse();
        assertThat(Filter.all().accepts(source().enabled(false).build())).isFalse();
        var butNorth = Filter.all().with("north", false);
        assertThat(butNorth.accepts(north)).isFalse();
        assertThat(butNorth.accepts("north")).isFalse();
        assertThat(butNorth.accepts(source().build())).isTrue();
        assertThat(butNorth.accepts(source().group("north").group("sea").build()))
                .isTrue();
        assertThat(butNorth.with("north", true)).isEqualTo(Filter.all());
        var none = Filter.groups("north").with("north", false);
        assertThat(none.accepts(north)).isFalse();
        assertThat(none.with("north", true).accepts(north)).isTrue();
    }

    @Test
    void machineSizes() {
        assertThat(new MachineSize(4, 250).totalSlots()).isEqualTo(1_000);
        assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> new MachineSize(0, 1));
        assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> new MachineSize(1025, 1));
        assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> new MachineSize(1, 0));
        assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> new MachineSize(1, 1_000_001));
    }
}
