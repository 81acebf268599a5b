package org.stationmaster.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stationmaster.core.api.Protocol.ArchiveForm.Framing;
import org.stationmaster.testkit.NetworkReport;

/** The demo's judgement, on archives made by hand: it must see everything that can be wrong. */
@Timeout(20)
class ArchiveAuditTest {
    @TempDir
    private Path archive = Path.of("");

    private static String stamp(String id, long seq) {
        return "SM1 " + id + " " + seq + " 1795000000000000000 padding";
    }

    private static NetworkReport.SourceCount station(String id, long sent, NetworkReport.Range... cut) {
        long cutCount = 0;
        for (var range : cut) {
            cutCount += range.to() - range.from() + 1;
        }
        return new NetworkReport.SourceCount(id, sent, cutCount, List.of(cut), List.of(), 0, 1, 0, 0, 0, Map.of());
    }

    private void frames(String id, String day, List<String> payloads) throws IOException {
        var bytes = new ByteArrayOutputStream();
        var data = new DataOutputStream(bytes);
        for (var payload : payloads) {
            var raw = payload.getBytes(StandardCharsets.UTF_8);
            data.writeInt(raw.length);
            data.write(raw);
        }
        write("tcp-frames", id, day + ".frames", bytes.toByteArray());
    }

    private void write(String protocol, String id, String tail, byte[] bytes) throws IOException {
        var directory = Files.createDirectories(archive.resolve(protocol).resolve(id));
        Files.write(directory.resolve(id + "." + tail), bytes);
    }

    private static List<String> stamps(String id, long... seqs) {
        return LongStream.of(seqs).mapToObj(seq -> stamp(id, seq)).toList();
    }

    private DemoSummary.Counted count(NetworkReport.SourceCount... stations) throws IOException {
        var report = new NetworkReport("tcp-frames", 0, 0, 0, 0, List.of(stations));
        return ArchiveAudit.of(archive, Framing.LENGTH_PREFIXED, report, id -> SourceAudit.Kills.NONE);
    }

    /** One station of 4 records a second, held by a worker that was killed at second 10. */
    private DemoSummary.Counted countKilled(NetworkReport.SourceCount station) throws IOException {
        var report = new NetworkReport("tcp-frames", 0, 0, 0, 0, List.of(station));
        return ArchiveAudit.of(
                archive, Framing.LENGTH_PREFIXED, report, id -> new SourceAudit.Kills(List.of(10_000_000_000L), 4));
    }

    private static NetworkReport.SourceCount ended(
            NetworkReport.SourceCount station, NetworkReport.PeerEnd... peerEnds) {
        return new NetworkReport.SourceCount(
                station.id(),
                station.sent(),
                station.cut(),
                station.cutRanges(),
                List.of(peerEnds),
                0,
                peerEnds.length + 1,
                0,
                0,
                0,
                Map.of());
    }

    private static NetworkReport.PeerEnd end(long from, long to, long second) {
        return new NetworkReport.PeerEnd(from, to, second * 1_000_000_000L + 50_000_000L);
    }

    @Test
    void whatAKilledWorkerHadInHandIsCut() throws IOException {
        frames("A", "2026.328", stamps("A", 0, 1, 2, 3, 4, 5, 10, 11));
        var counted = countKilled(ended(station("A", 12), end(0, 10, 10)));
        assertCounts(counted, 8, 0, 0, 0);
        assertThat(List.of(counted.cut(), counted.inAir(), counted.longestInAir()))
                .containsExactly(4L, 4L, 4L);
    }

    @Test
    void aKillCostsNoMoreThanASecond() throws IOException {
        frames("A", "2026.328", stamps("A", 0, 1, 2, 3, 4, 10, 11));
        var counted = countKilled(ended(station("A", 12), end(0, 10, 10)));
        assertCounts(counted, 7, 1, 0, 0);
        assertThat(counted.longestInAir()).isEqualTo(5);
        assertThat(counted.firstLosses()).containsExactly("A 5");
    }

    @Test
    void aHoleBeforeTheTailOfAKilledConnectionIsLostWhateverTheStationAssumes() throws IOException {
        frames("A", "2026.328", stamps("A", 0, 1, 3, 4, 5, 6, 7, 10));
        var counted = countKilled(ended(station("A", 1, new NetworkReport.Range(0, 9)), end(0, 10, 10)));
        assertCounts(counted, 8, 1, 0, 0);
        assertThat(counted.cut()).isEqualTo(2);
        assertThat(counted.firstLosses()).containsExactly("A 2");
    }

    @Test
    void anotherEndThanThatOfTheKillExcusesNothing() throws IOException {
        frames("A", "2026.328", stamps("A", 0, 1, 2, 4, 5, 6, 7, 9));
        var counted = countKilled(ended(station("A", 10), end(0, 4, 8), end(4, 9, 13)));
        assertCounts(counted, 8, 2, 0, 0);
        assertThat(counted.cut()).isZero();
    }

    private void assertCounts(DemoSummary.Counted counted, long records, long lost, long duplicates, long foreign) {
        assertThat(List.of(counted.records(), counted.lost(), counted.duplicates(), counted.foreign()))
                .as("records, lost, duplicates, foreign of %s", counted)
                .containsExactly(records, lost, duplicates, foreign);
    }

    @Test
    void allThereOverTwoDays() throws IOException {
        frames("A", "2026.328", stamps("A", 0, 1, 2));
        frames("A", "2026.329", stamps("A", 3, 4));
        frames("B", "2026.329", stamps("B", 0));
        assertCounts(count(station("A", 5), station("B", 1)), 6, 0, 0, 0);
    }

    @Test
    void lostInTheMiddleAndAtTheEnds() throws IOException {
        frames("A", "2026.328", stamps("A", 1, 2, 4));
        var counted = count(station("A", 7));
        assertCounts(counted, 3, 4, 0, 0);
        assertThat(counted.firstLosses()).containsExactly("A 0, 3, 5-6");
    }

    @Test
    void aStationWithoutAnyFileHasLostAll() throws IOException {
        assertCounts(count(station("A", 7), station("B", 0)), 0, 7, 0, 0);
    }

    @Test
    void theSameNumberTwiceIsADuplicateAlsoOnAnotherDay() throws IOException {
        frames("A", "2026.328", stamps("A", 0, 1, 1));
        frames("A", "2026.329", stamps("A", 0, 2));
        assertCounts(count(station("A", 3)), 5, 0, 2, 0);
    }

    @Test
    void cutNumbersMayBeThereOrNotButNotTwice() throws IOException {
        frames("A", "2026.328", stamps("A", 0, 1, 2, 2, 5));
        // sent 0, 1, 5; cut 2 to 4
        assertCounts(count(station("A", 3, new NetworkReport.Range(2, 4))), 5, 0, 1, 0);
    }

    @Test
    void aNumberBesideACutRangeIsNotExcused() throws IOException {
        frames("A", "2026.328", stamps("A", 0));
        assertCounts(count(station("A", 3, new NetworkReport.Range(2, 4))), 1, 2, 0, 0);
    }

    @Test
    void foreignIsWhatTheStationNeverSent() throws IOException {
        frames("A", "2026.328", List.of(stamp("A", 0), stamp("B", 1), "garbage", "", stamp("A", 2), "SM1 A x 1 "));
        frames("ZZ", "2026.328", stamps("ZZ", 0));
        assertCounts(count(station("A", 2)), 7, 1, 0, 6);
    }

    @Test
    void aTornTailIsTold() throws IOException {
        write("tcp-frames", "A", "2026.328.frames", new byte[] {0, 0, 0, 9, 'S'});
        var counted = count(station("A", 1));
        assertCounts(counted, 0, 1, 0, 0);
        assertThat(counted.torn()).isEqualTo(1);
    }

    @Test
    void linesAreCountedToo() throws IOException {
        write(
                "tcp-lines",
                "A",
                "2026.328.lines",
                (stamp("A", 0) + "\n" + stamp("A", 1) + "\nnoise\n").getBytes(StandardCharsets.UTF_8));
        var report = new NetworkReport("tcp-lines", 0, 0, 0, 0, List.of(station("A", 3)));
        assertCounts(ArchiveAudit.of(archive, Framing.LINES, report, id -> SourceAudit.Kills.NONE), 3, 1, 0, 1);
    }
}
