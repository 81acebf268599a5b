package org.stationmaster.server.inventory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stationmaster.core.api.Isolation;
import org.stationmaster.core.sizing.Profile;
import tools.jackson.databind.json.JsonMapper;

/** What is written is read again; what is wrong is told with its place. */
@Timeout(30)
class ProfileFileTest {
    private static final Profile PROFILE = new Profile(
            "0.1",
            Instant.parse("2026-11-24T18:00:00Z"),
            new Profile.Host("AMD EPYC", 2, "Linux 6", "25.0.3"),
            "tcp-frames",
            "archive",
            Isolation.PROCESSES,
            200,
            new Profile.Target(0.7, 250),
            new Profile.Memory(60_000_000, 9_000),
            List.of(
                    new Profile.Point(1, 22_580, 21_000, 24_000, 15_000, 31e-6, 0.05, 238.5, Profile.Limit.STATIONS),
                    new Profile.Point(50, 1_358, 1_300, 1_400, 1_400, 515.5e-6, 0.01, 230, Profile.Limit.CPU)),
            "");

    @TempDir
    private Path directory = Path.of("");

    private static String written() {
        return new JsonMapper().writerWithDefaultPrettyPrinter().writeValueAsString(ProfileFile.document(PROFILE));
    }

    private static Reading<Profile> read(String text) {
        return ProfileFile.read("p.json", text.getBytes(StandardCharsets.UTF_8));
    }

    private static String told(String text) {
        return switch (read(text)) {
            case Reading.Valid<Profile> valid -> throw new AssertionError("no error in " + valid.value());
            case Reading.Invalid<Profile> invalid -> invalid.report();
        };
    }

    @Test
    void whatIsWrittenIsReadAgain() throws IOException {
        assertThat(read(written())).isEqualTo(new Reading.Valid<>(PROFILE));
        var file = Files.writeString(directory.resolve("p.json"), written());
        assertThat(ProfileFile.read(file)).isEqualTo(new Reading.Valid<>(PROFILE));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            "rate" : 1.0              | "rate" : 0           | rate 0 is out of range: above 0
            "rate" : 1.0              | "rate" : -1          | rate -1 is out of range
            "rate" : 1.0              | "rate" : 1e9         | at most 100000
            "rate" : 1.0              | "rate" : "fast"      | 'rate' must be a number
            "rate" : 1.0              | "rate" : NaN         | 'rate' must be a finite number
            "rate" : 1.0              | "rate" : 50          | rate 50.0 stands twice
            "rate" : 1.0              | "rato" : 1.0         | did you mean 'rate'
            "microsPerSource" : 31.0  | "microsPerSource" : 0| above 0
            "microsPerSource" : 31.0  | "microsPerSource" : 99| does not follow from the points
            "sourcesLow" : 21000      | "sourcesLow" : 30000 | is not between sourcesLow 30000 and
            "limit" : "cpu"           | "limit" : "moon"     | 'limit' must be cpu, latency, stations, generator or time
            "errorPercent" : 1.0      | "errorPercent" : -1  | out of range: at least 0
            "cpu" : 0.7               | "cpu" : 1.5          | out of range: above 0, at most 1
            "isolation" : "processes" | "isolation" : "pods" | must be threads or processes
            "sink" : "archive"        | "sink" : "kafka"     | must be archive or none
            "date" : "2026-11-24T18:00:00Z" | "date" : "now" | 'date' must be a time such as
            "processors" : 2          | "processors" : 0     | out of range 1
            "protocol" : "tcp-frames" | "protocol" : ""      | 'protocol' is empty
            "stationmaster" : "0.1",  | ~~                   | 'stationmaster' is missing
            """)
    void eachWrongValueIsToldWithItsPlace(String right, String wrong, String message) {
        assertThat(written()).contains(right);
        assertThat(told(written().replaceFirst(java.util.regex.Pattern.quote(right), wrong)))
                .contains(message)
                .matches("(?s)p\\.json:\\d+:\\d+: .*");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            ~~          | p.json
            []          | a profile must be a mapping
            {}          | 'points' is missing
            7           | a profile must be a mapping
            { points: []} | must hold 1 to 100 rates
            { points: 7 } | 'points' must be a list
            { points: [7] } | a point must be a mapping
            {           | p.json:
            """)
    void whatIsNoProfileIsRefused(String text, String message) {
        assertThat(told(text)).contains(message);
    }

    @Test
    void aFileThatIsNotThere() {
        assertThat(ProfileFile.read(directory.resolve("none.json")))
                .isInstanceOfSatisfying(
                        Reading.Invalid.class,
                        invalid -> assertThat(invalid.report()).endsWith("there is no such file"));
    }
}
