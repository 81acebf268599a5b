package org.stationmaster.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stationmaster.server.inventory.ProfileFile;
import tools.jackson.databind.json.JsonMapper;

/** Exit codes and messages of what ends before anything is started. */
@Timeout(30)
class CliTest {
    @TempDir
    private Path directory = Path.of("");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int execute(String... args) {
        var signals = new StopSignals(code -> {
            throw new AssertionError("ended at once with " + code);
        });
        return Cli.commandLine(signals, new PrintWriter(out, true), new PrintWriter(err, true))
                .execute(args);
    }

    private Path file(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ''                                              | a command is missing
            frobnicate                                      | unknown command or argument 'frobnicate'
            demo --sorces 3                                 | did you mean --sources
            demo extra                                      | unknown command or argument 'extra'
            demo --sources zero                             | --sources
            demo --sources 0                                | --sources 0 is out of range 1 to 1000000
            demo --rate -1                                  | --rate -1.0 is out of range
            demo --rate NaN                                 | --rate NaN is out of range
            demo --seconds 0                                | --seconds 0.0 is out of range
            demo --workers 0                                | --workers 0 is out of range
            demo --workers 2000                             | workers 2000 is out of range 1 to 1024
            demo --slots 0                                  | slots 0 is out of range
            demo --kill-every 5                             | --kill-every needs --isolation processes
            demo --isolation processes --kill-every 0       | --kill-every 0.0 is out of range
            demo --isolation cloud                          | --isolation
            demo --protocol udp                             | none of tcp-frames, tcp-lines
            demo --faults nonsense=1/s                      | nonsense
            simulate                                        | Missing required
            simulate tcp-frames --rate 1 --port 0           | --sources
            simulate udp --sources 1 --rate 1 --port 0      | udp
            simulate tcp-frames --sources 1 --rate 0 --port 0     | rate 0.0 is out of range
            simulate tcp-frames --sources 0 --rate 1 --port 0     | at least 1
            simulate tcp-frames --sources 1 --rate 1 --port 70000 | port 70000 is out of range
            simulate tcp-frames --sources 20001 --rate 1 --port 0 | --ports 2
            simulate tcp-frames --sources 1 --rate 1 --port 0 --replay /no/such/file | cannot be read
            simulate tcp-frames --sources 1 --rate 1 --port 0 --faults reset    | reset
            run                                             | FILE
            check                                           | FILE
            sources                                         | a command is missing: add, update, remove
            sources add                                     | what to add? Give an id with its keys, or --file
            sources add A --file x.yaml                     | either --file, or one source
            sources add A --host h                          | is missing
            sources add A --protocol tcp-lines --host h --port x  | must be a whole number
            sources add A --protocol tcp-lines --host h --port 1 --set hallo=true | did you mean 'hello'?
            sources add --file /no/such/file                | there is no such file
            sources update A                                | what to change? Give keys, such as --rate 2
            sources remove                                  | ID
            groups                                          | a command is missing: list, enable or disable
            groups enable                                   | NAME
            status --url http://h --data d                  | give one of them
            sources send A                                  | give the command as TEXT, or with --file
            sources send A zz --hex                         | TEXT is not hexadecimal
            sources list --format xml                       | --format
            sources list --url ftp://h                      | is no address of a machine
            sources list --token-file /no/such/file         | the token cannot be read
            plan                                            | --sources
            plan --sources 10@0                             | a rate of 0 Hz is out of range
            calibrate --rate 0                              | a rate of 0 Hz is out of range
            calibrate --rate -1,1                           | a rate of -1 Hz is out of range
            calibrate --rate 1e9                            | at most 100000
            calibrate --rate 1,x                            | x' is no rate
            calibrate --rate 1,1.0                          | --rate 1 stands twice
            calibrate --protocol udp                        | no such stations can be simulated
            calibrate --size 1                              | size 1 is out of range
            calibrate --sink kafka                          | neither archive nor none
            calibrate --target-cpu 1.5                      | --target-cpu 1.5 is out of range
            calibrate --target-cpu 150%                     | --target-cpu 1.5 is out of range
            calibrate --target-latency-p99 soon             | is no time such as 250ms
            calibrate --target-latency-p99 0ms              | out of range: above 0
            calibrate --seconds 3                           | --seconds 3.0 is out of range: at least 8 a rate
            calibrate --sources-max 0                       | --sources-max 0 is out of range
            calibrate --save no/such/profile.json           | no/such/profile.json cannot be written
            calibrate --save .                              | . cannot be written
            calibrate --save target/p.json --plot no/p.svg  | no/p.svg cannot be written
            """)
    void wrongUsageIsToldInAFewLines(String line, String message) {
        var args = line.isEmpty() ? new String[0] : line.split(" ");
        assertThat(execute(args)).isEqualTo(2);
        assertThat(err.toString()).contains(message).doesNotContain("\tat ");
        assertThat(err.toString().lines()).hasSizeLessThanOrEqualTo(2);
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void helpNamesTheCommandsThatThereAre() {
        assertThat(execute("--help")).isZero();
        assertThat(out.toString()).contains("demo", "run", "simulate", "check", "status", "top", "calibrate", "plan");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void withoutAMachineTheCommandsSayWhereTheyLooked() {
        assertThat(execute("sources", "list", "--url=http://127.0.0.1:1")).isEqualTo(1);
        assertThat(err.toString())
                .startsWith("stationmaster sources list: no machine answers at http://127.0.0.1:1: start one with")
                .hasLineCount(1);
    }

    @Test
    void theShellsCompletionIsGenerated() {
        assertThat(execute("generate-completion")).isZero();
        assertThat(out.toString()).contains("_complete_stationmaster", "rolling-restart", "--token-file");
    }

    @Test
    void aProfileOfElsewhereIsToldByCheckOrRefused() throws IOException {
        var host = Profiles.shipped().host();
        var profile = PlanCommandTest.profile("0.0.1", host, "tcp-frames", "archive", 200, "");
        file("p.json", Json.text(ProfileFile.document(profile)));
        var machine = file("machine.yaml", """
                profiles: [p.json]
                sources:
                - { id: A, protocol: tcp-lines, host: h, port: 1 }
                - { id: B, protocol: tcp-frames, host: h, port: 1 }
                """);
        assertThat(execute("check", machine.toString())).isZero();
        assertThat(out.toString().lines().skip(1))
                .allMatch(line -> line.startsWith("note: "))
                .anyMatch(line -> line.startsWith("note: the profile of tcp-frames is of another version (0.0.1;"))
                .contains(
                        "note: there is no profile of tcp-lines: its sources are taken to cost what those of tcp-frames"
                                + " do; calibrate --protocol tcp-lines");
        out.getBuffer().setLength(0);
        assertThat(execute("check", "--json", machine.toString())).isZero();
        assertThat(new JsonMapper().readTree(out.toString()).get("notes").size())
                .isGreaterThanOrEqualTo(2);
        out.getBuffer().setLength(0);
        assertThat(execute("check", "--strict", machine.toString())).isEqualTo(1);
        assertThat(err.toString()).contains("--strict: ", "there is no profile of tcp-lines");
        assertThat(out.toString()).isEmpty();
        assertThat(execute("check", "--strict", "--json", machine.toString())).isEqualTo(1);
        var document = new JsonMapper().readTree(out.toString());
        assertThat(document.get("ok").asBoolean()).isFalse();
        assertThat(document.get("notes").toString()).contains("there is no profile of tcp-lines");
        assertThat(document.get("sources").asInt()).isEqualTo(2);
        out.getBuffer().setLength(0);
        var none = file("none.yaml", "sources: []\n");
        assertThat(execute("check", "--strict", none.toString())).isZero();
        assertThat(out.toString()).doesNotContain("note:");
    }

    /** The shell itself completes: as typed, then Tab. */
    @Tag("system")
    @Test
    void bashCompletesCommandsAndOptions() throws Exception {
        assertThat(execute("generate-completion")).isZero();
        var script = file("completion.bash", out.toString());
        assertThat(bash("bash -n " + script)).isEmpty();
        assertThat(completed(script, "stationmaster", "sour")).contains("sources");
        assertThat(completed(script, "stationmaster", "sources", "")).contains("add", "pause", "tail");
        assertThat(completed(script, "stationmaster", "groups", "")).contains("list", "enable", "disable");
        assertThat(completed(script, "stationmaster", "plan", "--wor")).containsExactly("--workers-max");
    }

    private List<String> completed(Path script, String... words) throws Exception {
        return bash("source " + script + "; COMP_WORDS=("
                        + Stream.of(words).map(word -> "'" + word + "'").collect(Collectors.joining(" "))
                        + "); COMP_CWORD=" + (words.length - 1)
                        + "; COMP_LINE=\"${COMP_WORDS[*]}\"; COMP_POINT=${#COMP_LINE}"
                        + "; _complete_stationmaster 2> /dev/null; printf '%s\\n' \"${COMPREPLY[@]}\"")
                .lines()
                .map(String::strip)
                .toList();
    }

    private String bash(String command) throws Exception {
        var process = new ProcessBuilder("bash", "-c", command)
                .redirectErrorStream(true)
                .start();
        try (var said = process.inputReader()) {
            return said.readAllAsString();
        }
    }

    @Test
    void theVersionIsToldOnStdout() {
        assertThat(execute("--version")).isZero();
        assertThat(out.toString()).startsWith("stationmaster ").contains("Java 25");
    }

    @Test
    void aDirectoryWithSomethingInItIsNoPlaceForADemo() throws IOException {
        file("precious", "data");
        assertThat(execute("demo", "--data", directory.toString())).isEqualTo(2);
        assertThat(err.toString()).contains("is not empty");
        assertThat(directory).isDirectoryContaining(path -> path.endsWith("precious"));
        assertThat(execute("demo", "--data", directory.resolve("precious").toString()))
                .isEqualTo(2);
        assertThat(err.toString()).contains("is no directory");
    }

    @Test
    void checkTellsWhatAGoodFileHolds() throws IOException {
        file("stations.yaml", """
                - { id: A, protocol: tcp-lines, host: h, port: 1, groups: [north] }
                - { id: B, protocol: tcp-frames, host: h, port: 2, enabled: false }
                """);
        var machine = file("machine.yaml", "machine: { workers: 2, slots: 3 }\nsources: stations.yaml\n");
        assertThat(execute("check", machine.toString())).isZero();
        assertThat(out.toString())
                .startsWith("OK: 2 sources (1 not enabled), 1 taken by this machine, 2 workers × 3 slots, control"
                        + " 127.0.0.1:8470, data ");
        assertThat(execute("check", directory.resolve("stations.yaml").toString()))
                .isZero();
        assertThat(out.toString()).endsWith("OK: 2 sources (1 not enabled)\n");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void checkNamesWhoWouldWait() throws IOException {
        var text = new StringBuilder("""
                machine: { workers: 1, slots: 2 }
                sources:
                - { id: S9, protocol: tcp-lines, host: h, port: 1, enabled: false }
                """);
        for (int i = 8; i > 0; i--) {
            text.append("- { id: S" + i + ", protocol: tcp-lines, host: h, port: 1 }\n");
        }
        var machine = file("machine.yaml", text.toString()).toString();
        assertThat(execute("check", machine)).isZero();
        assertThat(out.toString()).contains("; 6 of them will wait (S1, S2, S3, S4, S5, …): no slot for them, ");
        out.getBuffer().setLength(0);
        assertThat(execute("check", "--json", machine)).isZero();
        assertThat(out.toString().replaceAll("\\s", ""))
                .contains("\"waiting\":6,\"firstWaiting\":[\"S1\",\"S2\",\"S3\",\"S4\",\"S5\"]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"check", "run"})
    void aControlEndpointBeyondLoopbackIsRefusedInTheFile(String command) throws IOException {
        var machine = file("machine.yaml", "data: ./data\ncontrol: { bind: \"0.0.0.0:8470\" }\n");
        assertThat(execute(command, machine.toString())).isEqualTo(2);
        assertThat(err.toString())
                .startsWith(machine + ":2:18: control.bind 0.0.0.0:8470 is not loopback")
                .contains("use 127.0.0.1:8470");
        assertThat(directory.resolve("data")).doesNotExist();
    }

    @Test
    void checkTellsEveryErrorWithItsPlace() throws IOException {
        var bad = file("bad.yaml", "- { id: ../up, protocol: tcp-lines, host: h, port: 70000 }\n- { id: B }\n");
        assertThat(execute("check", bad.toString())).isEqualTo(2);
        assertThat(err.toString().lines())
                .hasSizeGreaterThanOrEqualTo(3)
                .allMatch(line -> line.matches(".*bad\\.yaml:[12]:\\d+: .*"));
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void checkAsJson() throws IOException {
        var bad = file("bad.yaml", "- { id: A, protocol: tcp-lines, host: h, port: 70000 }\n");
        assertThat(execute("check", "--json", bad.toString())).isEqualTo(2);
        var document = new JsonMapper().readTree(out.toString());
        assertThat(document.get("ok").booleanValue()).isFalse();
        assertThat(document.get("errors").get(0).get("line").intValue()).isEqualTo(1);
        assertThat(document.get("errors").get(0).get("key").stringValue()).isEqualTo("port");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void runRefusesAWrongFileWithAllItsErrors() throws IOException {
        var bad = file("machine.yaml", "machines: {}\ndate: ./data\n");
        assertThat(execute("run", bad.toString())).isEqualTo(2);
        assertThat(err.toString()).contains("machine.yaml:1:1", "machine.yaml:2:1");
        assertThat(directory.resolve("data")).doesNotExist();
        assertThat(execute("run", directory.resolve("none.yaml").toString())).isEqualTo(2);
        assertThat(err.toString()).contains("none.yaml");
    }
}
