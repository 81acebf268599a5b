package org.stationmaster.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stationmaster.core.sizing.Profile;
import org.stationmaster.server.inventory.ProfileFile;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The command, its answers and refusals; and that the page about sizing tells what it prints. */
@Timeout(30)
class PlanCommandTest {
    private static final Path ROOT = Path.of(System.getProperty("stationmaster.root", ".."));

    @TempDir
    private Path directory = Path.of("");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int execute(String... args) {
        var shipped = Profiles.shipped();
        return new CommandLine(new PlanCommand(shipped.host(), shipped.version(), directory))
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((e, command, _) -> {
                    command.getErr().println(e.getMessage());
                    return e instanceof Failure failure ? failure.exitCode() : 70;
                })
                .execute(args);
    }

    private JsonNode json(int code, String... args) {
        assertThat(execute(Stream.concat(Stream.of(args), Stream.of("--json")).toArray(String[]::new)))
                .isEqualTo(code);
        return new JsonMapper().readTree(out.toString());
    }

    private String profile(Profile profile) throws IOException {
        return profile("p.json", profile);
    }

    private static Profile elsewhere() {
        var p = Profiles.shipped();
        var host = new Profile.Host("Another CPU", 64, "Linux", p.host().jdk());
        return profile(p.version(), host, "tcp-lines", p.sink(), p.sizeBytes(), p.noisy());
    }

    private static Profile here(String protocol, String sink, int sizeBytes, String noisy) {
        var p = Profiles.shipped();
        return profile(p.version(), p.host(), protocol, sink, sizeBytes, noisy);
    }

    /** As the shipped one, else. */
    static Profile profile(
            String version, Profile.Host host, String protocol, String sink, int sizeBytes, String noisy) {
        var p = Profiles.shipped();
        return new Profile(
                version,
                p.date(),
                host,
                protocol,
                sink,
                p.isolation(),
                sizeBytes,
                p.target(),
                p.memory(),
                p.points(),
                noisy);
    }

    private String profile(String name, Profile profile) throws IOException {
        return Files.writeString(directory.resolve(name), Json.text(ProfileFile.document(profile)))
                .toString();
    }

    @Test
    void theDocumentHoldsWhatScriptsNeed() {
        var document = json(0, "--sources", "1200@1Hz", "--sources", "300@50");
        assertThat(document.get("met").booleanValue()).isTrue();
        assertThat(document.get("workers").intValue()).isGreaterThanOrEqualTo(2);
        assertThat(document.get("slots").intValue()).isGreaterThanOrEqualTo(1_500);
        assertThat(document.get("hosts").intValue()).isEqualTo(1);
        assertThat(document.get("headroom").isNumber()).isTrue();
        assertThat(document.get("sources").get(1).get("rate").doubleValue()).isEqualTo(50);
        assertThat(document.get("warnings").get(0).stringValue()).contains("not this machine's");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --sources 1200                           | is not COUNT@RATE
            --sources 1200@                          | is not COUNT@RATE
            --sources 0@1Hz                          | out of range 1 to 100000000
            --sources 10@0Hz                         | a rate of 0 Hz is out of range: above 0
            --sources 10@-1Hz                        | a rate of -1 Hz is out of range
            --sources 10@1e9Hz                       | at most 100000
            --sources 10@NaNHz                       | out of range
            --sources 10@fastHz                      | fast' is no rate
            --sources 10@1 --growth -1               | --growth -1.0 is out of range
            --sources 10@1 --growth NaN              | out of range
            --sources 10@1 --growth 2000%            | --growth 20.0 is out of range
            --sources 10@1 --growth fifth            | fifth' is no share, such as 0.2 or 20%
            --sources 10@1 --growth %                | %' is no share
            --sources 10@1 --spare -1                | --spare -1 is out of range
            --sources 10@1 --workers-max 0           | --workers-max 0 is out of range
            --sources 10@1 --isolation threads --spare 1 | needs --isolation processes
            --sources 10@1 --profile none.json       | there is no such file
            --growth 1                               | Missing required option
            """)
    void nonsenseIsRefused(String line, String message) {
        assertThat(execute(line.split(" "))).isEqualTo(2);
        assertThat(err.toString()).contains(message);
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void growthIsAShareOrAPercentage() {
        var share = json(0, "--sources", "100@1Hz", "--growth", "0.2");
        out.getBuffer().setLength(0);
        var percentage = json(0, "--sources", "100@1Hz", "--growth", "20%");
        assertThat(percentage).isEqualTo(share);
        assertThat(percentage.get("slots").intValue()).isEqualTo(120);
    }

    @Test
    void whatCannotBeMetEndsWithOneAndTheChange() {
        assertThat(execute("--sources", "5000@50Hz", "--workers-max", "2")).isEqualTo(1);
        assertThat(out.toString()).contains("cannot be met: it needs ", "what would do: --workers-max ");
        out.getBuffer().setLength(0);
        var document = json(1, "--sources", "1@90000Hz");
        assertThat(document.get("met").booleanValue()).isFalse();
        assertThat(document.get("change").stringValue()).startsWith("a rate of at most ");
        assertThat(document.get("workers").isNull()).isTrue();
    }

    @Test
    void aProfileOfElsewhereIsUsedWithAWarningOrRefused() throws IOException {
        var file = profile(elsewhere());
        assertThat(execute("--sources", "10@1Hz", "--profile", file)).isZero();
        assertThat(out.toString())
                .contains("note: the profile of tcp-lines is of another machine (Another CPU, 64 processors; this one");
        out.getBuffer().setLength(0);
        assertThat(execute("--sources", "10@1Hz/tcp-frames", "--profile", file)).isZero();
        assertThat(out.toString()).contains("note: there is no profile of tcp-frames");
        assertThat(execute("--sources", "10@1Hz", "--profile", file, "--strict"))
                .isEqualTo(1);
        assertThat(err.toString()).contains("--strict: the profile of tcp-lines is of another machine");
        assertThat(execute("--sources", "10@1Hz", "--profile", file, "--profile", file))
                .isEqualTo(2);
        assertThat(err.toString()).contains("two profiles of tcp-lines");
        assertThat(execute("--sources", "10@1Hz", "--strict"))
                .as("the shipped one")
                .isEqualTo(1);
    }

    @Test
    void aProtocolWithoutAProfileIsToldAsWhatItIsTakenFor() {
        assertThat(execute("--sources", "300@1Hz/ntrip")).isZero();
        assertThat(out.toString())
                .contains("300 at 1 Hz, ntrip taken as tcp-frames  ", "note: there is no profile of ntrip");
        assertThat(out.toString().lines().limit(2))
                .as("the columns")
                .extracting(String::length)
                .containsOnly(out.toString().indexOf('\n'));
        out.getBuffer().setLength(0);
        var source = json(0, "--sources", "300@1Hz/ntrip").get("sources").get(0);
        assertThat(source.get("protocol").stringValue()).isEqualTo("ntrip");
        assertThat(source.get("profile").stringValue()).isEqualTo("tcp-frames");
    }

    @Test
    void strictRefusesAnotherJdkVersionAndProtocolAndNothingElse() throws IOException {
        var p = Profiles.shipped();
        var jdk =
                new Profile.Host(p.host().cpu(), p.host().processors(), p.host().os(), "21.0.1");
        strictRefuses(profile(p.version(), jdk, "tcp-frames", "archive", 200, ""), "10@1Hz", "of another JDK (21.0.1;");
        strictRefuses(
                profile("0.0.1", p.host(), "tcp-frames", "archive", 200, ""), "10@1Hz", "of another version (0.0.1;");
        strictRefuses(here("tcp-frames", "archive", 200, ""), "10@1Hz/ntrip", "there is no profile of ntrip");
        var noisy = profile(here("tcp-frames", "archive", 200, "others took 40 % of it"));
        assertThat(execute("--sources", "10@5000Hz", "--profile", noisy, "--strict"))
                .as("what is no profile of elsewhere is told and used: " + err)
                .isZero();
        assertThat(out.toString())
                .contains("note: the profile of tcp-frames was measured on a noisy machine: others took 40 % of it")
                .contains("note: 5000 Hz was not measured");
    }

    private void strictRefuses(Profile profile, String sources, String message) throws IOException {
        var file = profile(profile);
        assertThat(execute("--sources", sources, "--profile", file)).isZero();
        assertThat(out.toString()).contains("note: ").contains(message);
        assertThat(execute("--sources", sources, "--profile", file, "--strict")).isEqualTo(1);
        assertThat(err.toString()).contains("--strict: ").contains(message);
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
    }

    @Test
    void twoProtocolsAddUpEachByItsOwnProfile() throws IOException {
        var frames = profile("frames.json", here("tcp-frames", "archive", 200, ""));
        var seedlink = profile("seedlink.json", here("seedlink", "archive", 512, ""));
        var machine = directory.resolve("machine.yaml");
        assertThat(execute(
                        "--sources=100@1Hz",
                        "--sources=50@1Hz/seedlink",
                        "--profile=" + frames,
                        "--profile=" + seedlink,
                        "--strict",
                        "--write=" + machine))
                .as(err.toString())
                .isZero();
        assertThat(out.toString())
                .contains("100 at 1 Hz, tcp-frames", "50 at 1 Hz, seedlink", "with payloads of 200 to 512 bytes")
                .doesNotContain("note:");
        assertThat(machine).content().contains("profiles: [\"frames.json\", \"seedlink.json\"]\n");
        assertThat(((org.stationmaster.server.inventory.Reading.Valid<org.stationmaster.server.inventory.MachineConfig>)
                                Composition.inventory().readMachine(machine))
                        .value()
                        .profiles())
                .hasSize(2);
    }

    /** Calibrate, plan, run, as they are typed: without an option for the file. */
    @Test
    void aProfileThatIsHereIsUsedAndWrittenIntoTheMachineFile() throws IOException {
        profile("profile.json", here("tcp-lines", "none", 200, ""));
        var machine = directory.resolve("machine.yaml");
        assertThat(execute("--sources=10@1Hz", "--strict", "--write=" + machine))
                .isZero();
        assertThat(err.toString()).contains("using " + directory.resolve("profile.json"), "wrote " + machine);
        assertThat(out.toString()).contains("tcp-lines", "none: no archive").doesNotContain("note:");
        assertThat(machine)
                .content()
                .contains("profiles: [\"profile.json\"]\n")
                .as("as it was measured")
                .endsWith("sinks: []\n");
        assertThat(Composition.inventory().readMachine(machine))
                .isInstanceOf(org.stationmaster.server.inventory.Reading.Valid.class);
    }

    @Test
    void whetherAFileCanBeWrittenIsTriedWithoutATrace() throws Exception {
        var file = directory.resolve("profile.json");
        CalibrateCommand.requireWritable(file, "--save");
        assertThat(file).doesNotExist();
        Files.writeString(file, "{}");
        CalibrateCommand.requireWritable(file, "--save");
        assertThat(file).hasContent("{}");
        assertThatThrownBy(() -> CalibrateCommand.requireWritable(directory, "--save"))
                .hasMessageContaining("cannot be written")
                .hasMessageEndingWith("say with --save where it can");
    }

    @Test
    void aCalibrationNeverReplacesTheProfileOfAnotherProtocolUnasked() throws Exception {
        var file = directory.resolve("profile.json");
        assertThat(CalibrateCommand.ownFile("tcp-frames", file)).isEqualTo(file);
        profile("profile.json", here("tcp-frames", "archive", 200, ""));
        assertThat(CalibrateCommand.ownFile("tcp-frames", file)).isEqualTo(file);
        assertThatThrownBy(() -> CalibrateCommand.ownFile("seedlink", file))
                .hasMessageContaining("holds the profile of tcp-frames: say with --save where to write this one");
        Files.writeString(file, "{}");
        assertThatThrownBy(() -> CalibrateCommand.ownFile("tcp-frames", file)).hasMessageContaining("holds no profile");
    }

    @Test
    void theMachineFileThatIsWrittenIsValidAndNothingIsOverwritten() throws IOException {
        var file = directory.resolve("machine.yaml");
        Files.writeString(directory.resolve("stations.yaml"), "[]");
        assertThat(execute("--sources", "800@50Hz", "--growth", "0.2", "--write", file.toString()))
                .isZero();
        var read = Composition.inventory().readMachine(file);
        assertThat(read).isInstanceOf(org.stationmaster.server.inventory.Reading.Valid.class);
        var text = Files.readString(file);
        assertThat(text).contains("isolation: processes }", "sources: stations.yaml");
        assertThat(execute("--sources", "1@1Hz", "--write", file.toString())).isEqualTo(1);
        assertThat(err.toString()).contains("is there already and was not touched; its line would be: machine: {");
        assertThat(Files.readString(file)).isEqualTo(text);
    }

    /** Each block that begins with the command holds what it prints. */
    @Test
    void thePageAboutSizingTellsWhatTheCommandPrints() throws IOException {
        var page = Files.readString(ROOT.resolve("docs/sizing.md"));
        var command = "./stationmaster plan ";
        int blocks = 0;
        for (var block : page.split("```", -1)) {
            var lines = block.strip().lines().toList();
            if (!lines.isEmpty() && lines.getFirst().startsWith("$ " + command)) {
                blocks++;
                out.getBuffer().setLength(0);
                execute(lines.getFirst().substring(2 + command.length()).split(" "));
                assertThat(out.toString().lines().map(String::stripTrailing).toList())
                        .isEqualTo(List.copyOf(lines.subList(1, lines.size())));
            }
        }
        assertThat(blocks).isGreaterThanOrEqualTo(2);
        assertThat(ROOT.resolve("docs/cap.svg")).hasContent(CapPlot.svg(Profiles.shipped()));
    }
}
