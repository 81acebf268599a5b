package org.stationmaster.app;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.machine.Machine;
import org.stationmaster.sinks.ArchiveConfig;
import org.stationmaster.sinks.ArchiveReader;
import org.stationmaster.sinks.ArchiveSink;
import org.stationmaster.stations.ProtocolScheduler;
import org.stationmaster.stations.Protocols;
import org.stationmaster.testkit.NetworkPlan;
import org.stationmaster.testkit.StationNetwork;

/** Recordings of real receivers go through the simulator and a machine, and lie in the archive byte for byte. */
@Tag("system")
@Timeout(60)
class RecordingsTest {
    @TempDir
    private Path root = Path.of("");

    static Path recording(String name) {
        var data = Path.of(System.getProperty("stationmaster.root", ".")).resolveSibling("shared/data");
        assumeTrue(Files.isDirectory(data) || System.getenv("CI_PEERS") != null, "no recordings beside the checkout");
        return data.resolve(name);
    }

    /** What is in the recording beside its records: found without the decoders. */
    private static byte[] records(String protocol, byte[] recording) {
        return switch (protocol) {
            case "rtcm3" -> Arrays.copyOf(recording, recording.length - 302); // the last frame is cut
            case "tcp-lines" -> recording; // lines of comment, too
            case "nmea" -> sentences(new String(recording, ISO_8859_1));
            // lines of comment in front, the last packet is cut
            case "tsip" ->
                new String(recording, ISO_8859_1)
                        .replaceFirst("^(#[^\n]*\n)+", "")
                        .replaceFirst("(?s)\u0010\u0003((?!\u0010\u0003).)*$", "\u0010\u0003")
                        .getBytes(ISO_8859_1);
            default -> throw new IllegalArgumentException(protocol);
        };
    }

    private static byte[] sentences(String text) {
        var all = new StringBuilder();
        var matcher = Pattern.compile("[$!]([^$!*\\p{Cntrl}]{1,100})\\*([0-9A-F]{2})\r\n")
                .matcher(text);
        while (matcher.find()) {
            int sum = matcher.group(1).chars().reduce(0, (left, right) -> left ^ right);
            if (sum == Integer.parseInt(matcher.group(2), 16)) {
                all.append(matcher.group());
            }
        }
        return all.toString().getBytes(ISO_8859_1);
    }

    static byte[] archived(Path root, String protocol) throws Exception {
        var all = new ByteArrayOutputStream();
        for (var source : new ArchiveReader(root).sources()) {
            assertThat(source.protocol()).isEqualTo(protocol);
            for (var file : source.files()) {
                all.writeBytes(Files.readAllBytes(file));
            }
        }
        return all.toByteArray();
    }

    @ParameterizedTest
    @CsvSource({
        "rtcm3, rtcm3/GMSD7_20121014.rtcm3, 1143",
        "nmea, nmea/nmea-rtk.log, 244",
        "nmea, nmea/quectel-L70.log, 115",
        "nmea, nmea/st-teseo-liv3f.log, 406",
        "nmea, mixed/ublox-zed-f9t-ubx_nmea_l5.log, 252",
        "tcp-lines, nmea/nmea-rtk.log, 253",
        "tcp-lines, nmea/quectel-L70.log, 127",
        "tcp-lines, nmea/st-teseo-liv3f.log, 416",
        "tsip, tsip/trimble-res720-dr.log, 1114",
        "tsip, tsip/trimble-smtx-dr.log, 192"
    })
    void aRecordingLiesInTheArchiveByteForByte(String protocol, String name, long count) throws Exception {
        var file = recording(name);
        var bytes = Files.readAllBytes(file);
        var expected = records(protocol, bytes);
        var protocols = Protocols.found();
        var archive = new ArchiveSink(ArchiveConfig.of(
                root,
                protocolName -> protocols.byName(protocolName).flatMap(found -> Optional.of(found.archiveForm()))));
        try (var network = StationNetwork.start(
                        NetworkPlan.builder(protocol).rate(2_000).replay(file).build());
                var machine = Machine.of(new ProtocolScheduler())
                        .size(new MachineSize(1, 1))
                        .sink(archive)
                        .start()) {
            machine.assignator().activateAll(network.sources());
            await().until(() -> machine.view().totals().records() == count);
            network.stop();
            assertThat(machine.stop(Duration.ofSeconds(20))).isEqualTo(List.of());
            assertThat(machine.view().totals().records()).isEqualTo(count);
            assertThat(machine.view().totals().corruptBytes()).isEqualTo(bytes.length - expected.length);
        }
        assertThat(new String(archived(root, protocol), ISO_8859_1)).isEqualTo(new String(expected, ISO_8859_1));
        var form = protocols.byName(protocol).orElseThrow().archiveForm();
        long read = 0;
        for (var path : new ArchiveReader(root).sources().getFirst().files()) {
            read += ArchiveReader.forEach(path, form.framing(), _ -> {}).records();
        }
        assertThat(read).isEqualTo(count);
    }
}
