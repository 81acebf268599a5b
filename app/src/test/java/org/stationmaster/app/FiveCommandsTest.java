package org.stationmaster.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stationmaster.testkit.NetworkPlan;
import org.stationmaster.testkit.StationNetwork;

/** The page for a seismologist and the page for a GNSS operator: what they say, run as it stands there. */
@Tag("system")
@Timeout(120)
class FiveCommandsTest {
    private static final Path ROOT = Path.of(System.getProperty("stationmaster.root", "."));
    private static final Pattern BLOCK = Pattern.compile("(?s)five commands\\..*?```sh\n(.*?)```");

    @TempDir
    private Path directory = Path.of("");

    @ParameterizedTest
    @CsvSource({"seedlink, seismologist, sds", "ntrip, GNSS operator, ntrip"})
    void fromNothingToAnArchive(String protocol, String reader, String archive) throws Exception {
        assertThat(Files.readString(ROOT.resolve("README.md")))
                .contains("[for a " + reader + "](docs/protocols/" + protocol + ".md)");
        var page = Files.readString(ROOT.resolve("docs/protocols/" + protocol + ".md"));
        var block = BLOCK.matcher(page);
        assertThat(block.find()).isTrue();
        assertThat(block.group(1).lines()).hasSize(5);
        try (var network = StationNetwork.start(
                NetworkPlan.builder(protocol).sources(5).rate(5).build())) {
            var commands = block.group(1)
                    .replaceFirst("[a-z]+\\.example\\.org:[0-9]+", "127.0.0.1:" + network.port())
                    .replaceFirst("data: ./data", "$0\\\\ncontrol: { bind: \"127.0.0.1:0\" }");
            assertThat(commands).contains("127.0.0.1:" + network.port(), "bind:");
            launcher();
            var shell = new ProcessBuilder("bash", "-ec", commands);
            shell.environment().put("EDITOR", "true");
            try (var run = Child.start(directory, shell)) {
                await().atMost(Child.PATIENCE)
                        .until(() ->
                                hasRecords(directory.resolve("data/archive").resolve(archive)) || !run.isAlive());
                assertThat(run.isAlive()).as(run.err()).isTrue();
            }
        }
    }

    /** {@code ./stationmaster} without a build. */
    private void launcher() throws IOException {
        var words = Child.command().stream().map(word -> '\'' + word + '\'').collect(Collectors.joining(" "));
        var script = directory.resolve("stationmaster");
        Files.writeString(script, "#!/bin/sh\nexec " + words + " \"$@\"\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static boolean hasRecords(Path archive) throws IOException {
        if (!Files.isDirectory(archive)) {
            return false;
        }
        try (var files = Files.walk(archive)) {
            return files.anyMatch(file -> Files.isRegularFile(file)
                    && !file.getFileName().toString().startsWith(".")
                    && file.toFile().length() > 0);
        }
    }
}
