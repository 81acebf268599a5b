package org.stationmaster.sinks;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stationmaster.core.api.Protocol.ArchiveForm;
import org.stationmaster.core.api.Protocol.ArchiveForm.Framing;
import org.stationmaster.core.api.Source;

/** Hourly files, and records that delimit themselves. */
@Timeout(60)
class ArchiveFormsTest {
    private static final long HOUR_NANOS = 3_600_000_000_000L;
    private static final Framing TOY = new Framing.SelfDelimiting(ToyDecoder::new);

    @TempDir
    Path root;

    private ArchiveSink sink(ArchiveForm form) throws Exception {
        var sink = new ArchiveSink(ArchiveConfig.of(root, _ -> Optional.of(form)));
        sink.open();
        return sink;
    }

    private static Source source(String id, String site) {
        var builder = Source.builder(id, "toy", "127.0.0.1", 1);
        return site.isEmpty()
                ? builder.build()
                : builder.attribute("site", site).build();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(ISO_8859_1);
    }

    private Path file(String id, String name) {
        return root.resolve("toy").resolve(id).resolve(name);
    }

    @Test
    void payloadsStandAsTheyCame() throws Exception {
        try (var sink = sink(new ArchiveForm.Daily("toy", TOY))) {
            sink.deliver(new Records().add(source("a", ""), "<1>").add(source("a", ""), "<22>"));
            sink.deliver(new Records().add(source("a", ""), "<>"));
        }
        assertThat(file("a", "a.2026.328.toy")).hasContent("<1><22><>");
    }

    @Test
    void aRecordLargerThanTheStageIsWrittenWhole() throws Exception {
        var form = new ArchiveForm.Daily("toy", TOY);
        var large = "<" + "x".repeat(10_000) + ">";
        try (var sink = new ArchiveSink(
                ArchiveConfig.of(root, _ -> Optional.of(form)), 0, Volume.DISK, Catalog.MAX_STATIONS, 512)) {
            sink.open();
            sink.deliver(new Records().add(source("a", ""), "<1>").add(source("a", ""), large));
        }
        assertThat(file("a", "a.2026.328.toy")).hasContent("<1>" + large);
    }

    @Test
    void aTornTailIsFoundByTheDecoderAndCut() throws Exception {
        var whole = "<1><22><><333>";
        for (int cut = 0; cut <= whole.length(); cut++) {
            var path = file("a", "a.2026.328.toy");
            Files.createDirectories(path.getParent());
            Files.writeString(path, whole.substring(0, cut));
            try (var sink = sink(new ArchiveForm.Daily("toy", TOY))) {
                sink.deliver(new Records().add(source("a", ""), "<new>"));
                var kept = whole.substring(0, whole.lastIndexOf('>', cut - 1) + 1);
                assertThat(path).hasContent(kept + "<new>");
                assertThat(sink.totals().cutBytes()).isEqualTo(cut - kept.length());
                assertThat(sink.totals().walkedBytes()).isGreaterThanOrEqualTo(cut);
            }
            Files.delete(root.resolve(".lengths"));
        }
    }

    @Test
    void whatIsNoBeginningOfARecordIsMovedAsideAndTheMiddleIsLeftAlone() throws Exception {
        var path = file("a", "a.2026.328.toy");
        Files.createDirectories(path.getParent());
        Files.writeString(path, "<1>damaged<22>foreign");
        try (var sink = sink(new ArchiveForm.Daily("toy", TOY))) {
            sink.deliver(new Records().add(source("a", ""), "<new>"));
            assertThat(sink.totals().asideBytes()).isEqualTo(7);
        }
        assertThat(path).hasContent("<1>damaged<22><new>");
        assertThat(path.resolveSibling("a.2026.328.toy.torn-1")).hasContent("foreign");
    }

    @Test
    void aRememberedLengthSavesTheWalk() throws Exception {
        var form = new ArchiveForm.Hourly("toy", TOY);
        try (var sink = sink(form)) {
            sink.deliver(new Records().add(source("QSCO00ECU", ""), "<1>"));
        }
        try (var sink = sink(form)) {
            sink.deliver(new Records().add(source("QSCO00ECU", ""), "<2>"));
            assertThat(sink.totals().walkedBytes()).isZero();
        }
        assertThat(file("QSCO00ECU", "QSCO00ECU_S_20263281200_01H_01S_MO.toy")).hasContent("<1><2>");
    }

    @Test
    void hourlyFilesAreNamedAsRinexDoes() throws Exception {
        long noon = Records.NOON;
        try (var sink = sink(new ArchiveForm.Hourly("rtcm3", TOY))) {
            sink.deliver(new Records()
                    .add(source("QSCO00ECU", ""), noon - 1, bytes("<1>"))
                    .add(source("QSCO00ECU", ""), noon, bytes("<2>"))
                    .add(source("QSCO00ECU", ""), noon + HOUR_NANOS - 1, bytes("<3>"))
                    .add(source("QSCO00ECU", ""), noon + 12 * HOUR_NANOS, bytes("<4>"))
                    .add(source("qsco", ""), noon, bytes("<5>"))
                    .add(source("antc", "ANTC00CHL"), noon, bytes("<6>"))
                    .add(source("puqe", "../../etc"), noon, bytes("<7>")));
        }
        assertThat(file("QSCO00ECU", "QSCO00ECU_S_20263281100_01H_01S_MO.rtcm3"))
                .hasContent("<1>");
        assertThat(file("QSCO00ECU", "QSCO00ECU_S_20263281200_01H_01S_MO.rtcm3"))
                .hasContent("<2><3>");
        assertThat(file("QSCO00ECU", "QSCO00ECU_S_20263290000_01H_01S_MO.rtcm3"))
                .hasContent("<4>");
        assertThat(file("qsco", "qsco_S_20263281200_01H_01S_MO.rtcm3")).hasContent("<5>");
        assertThat(file("antc", "ANTC00CHL_S_20263281200_01H_01S_MO.rtcm3")).hasContent("<6>");
        assertThat(file("puqe", "puqe_S_20263281200_01H_01S_MO.rtcm3")).hasContent("<7>");
    }

    @Test
    void oldHoursAreForgottenAndTheirFilesClosed() throws Exception {
        try (var sink = sink(new ArchiveForm.Hourly("toy", TOY))) {
            for (int hour = 0; hour < 10; hour++) {
                sink.deliver(new Records().add(source("a", ""), Records.NOON + hour * HOUR_NANOS, bytes("<1>")));
                assertThat(sink.totals().openFiles()).isLessThanOrEqualTo(2);
            }
        }
    }

    @Test
    void anotherSiteBeginsAnotherFile() throws Exception {
        try (var sink = sink(new ArchiveForm.Hourly("toy", TOY))) {
            sink.deliver(new Records().add(source("a", "ZZZZ00ECU"), "<1>"));
            sink.deliver(new Records().add(source("a", "AAAA00ECU"), "<2>"));
        }
        assertThat(file("a", "ZZZZ00ECU_S_20263281200_01H_01S_MO.toy")).hasContent("<1>");
        assertThat(file("a", "AAAA00ECU_S_20263281200_01H_01S_MO.toy")).hasContent("<2>");
    }

    @Test
    void theReaderFindsHoursInOrderAndTheirPayloads() throws Exception {
        try (var sink = sink(new ArchiveForm.Hourly("toy", TOY))) {
            sink.deliver(new Records().add(source("a", "ZZZZ00ECU"), Records.NOON, bytes("<1>")));
            sink.deliver(new Records().add(source("a", "AAAA00ECU"), Records.NOON + HOUR_NANOS, bytes("<2>")));
        }
        var path = file("a", "AAAA00ECU_S_20263281300_01H_01S_MO.toy");
        var large = "<" + "x".repeat(700_000) + ">";
        Files.writeString(path, large + "between<3><4", java.nio.file.StandardOpenOption.APPEND);
        Files.writeString(path.resolveSibling(path.getFileName() + ".torn-1"), "aside");
        var files = new ArchiveReader(root).sources().getFirst().files();
        assertThat(files).containsExactly(file("a", "ZZZZ00ECU_S_20263281200_01H_01S_MO.toy"), path);
        var payloads = new ArrayList<String>();
        var reading = ArchiveReader.forEach(
                path, TOY, payload -> payloads.add(ISO_8859_1.decode(payload).toString()));
        assertThat(payloads).containsExactly("<2>", large, "<3>");
        assertThat(reading).isEqualTo(new ArchiveReader.Reading(3, 3 + large.length() + 3, 2));
    }
}
