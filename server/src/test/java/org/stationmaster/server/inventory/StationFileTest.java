package org.stationmaster.server.inventory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.stationmaster.core.api.Secret;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.Tls;
import org.stationmaster.server.FakeProtocol;

@Timeout(30)
class StationFileTest {
    private static final Map<String, String> ENVIRONMENT = Map.of("STATION_PASSWORD", "s3cret");
    private static final String HOST = ", host: h, port: 7001 }\n";

    @TempDir
    Path directory;

    static @Nullable String environment(String name) {
        return ENVIRONMENT.get(name);
    }

    private final Inventory inventory = new Inventory(FakeProtocol.ALL, StationFileTest::environment, 4);

    private Path file(String text) throws IOException {
        return Files.writeString(directory.resolve("stations.yaml"), text);
    }

    private List<Source> valid(String text) throws IOException {
        return switch (inventory.readStations(file(text))) {
            case Reading.Valid<List<Source>>(var sources) -> sources;
            case Reading.Invalid<List<Source>> invalid -> throw new AssertionError(invalid.report());
        };
    }

    /** The errors without the file's name. */
    private static List<String> told(Reading<?> reading, Path file) {
        return switch (reading) {
            case Reading.Valid<?> valid -> throw new AssertionError("no error in " + valid.value());
            case Reading.Invalid<?> invalid ->
                invalid.report()
                        .lines()
                        .map(line -> line.replace(file + ":", "").strip())
                        .toList();
        };
    }

    record Case(String name, String text, List<String> errors) {
        static Case of(String name, String text, String... errors) {
            return new Case(name, text, List.of(errors));
        }

        /** One source with these keys more. */
        static Case keys(String name, String keys, String... errors) {
            return of(name, "- { id: A1, protocol: tcp-lines, host: h, port: 7001, " + keys + " }\n", errors);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    @Test
    void aSourceThatIsCalledHasNoAddress() throws IOException {
        var source = valid("- { id: A1, protocol: tcp-lines, dialIn: true, rate: 1 }\n")
                .getFirst();
        assertThat(source).isEqualTo(Source.dialIn("A1", "tcp-lines").rate(1).build());
        assertThat(new SourceForm(FakeProtocol.ALL).brief(source))
                .containsEntry("dialIn", true)
                .doesNotContainKeys("host", "port");
        assertThat(valid("- { id: A1, protocol: tcp-lines, dialIn: false, host: h, port: 7001 }\n"))
                .containsExactly(Source.of("A1", "tcp-lines", "h", 7001));
    }

    static Stream<Case> badFiles() {
        return Stream.of(
                Case.of(
                        "called, with an address",
                        "- { id: A1, protocol: tcp-lines, dialIn: true, port: 7001 }\n",
                        "1:48: 'port' does not go with dialIn: the station connects to a 'listen' of machine.yaml"),
                Case.of(
                        "called, of a protocol that is not",
                        "- { id: A1, protocol: seedlink, dialIn: true }\n",
                        "1:41: stations of protocol seedlink do not call in: give host and port"),
                Case.of(
                        "two that are called by one name",
                        """
                        - { id: A1, protocol: tcp-lines, dialIn: true, attributes: { called: X } }
                        - { id: A2, protocol: tcp-lines, dialIn: true, attributes: { called: X } }
                        """,
                        "2:42: a station that calls by the name 'X' would be A1 or A2: one name a source"),
                Case.of("empty", "", "the file is empty: write [] for a list without sources"),
                Case.of("only a comment", "# none\n", "the file is empty: write [] for a list without sources"),
                Case.of("only a marker", "---\n", "the file is empty: write [] for a list without sources"),
                Case.of(
                        "a mapping",
                        "id: A1\n",
                        "1:1: a station file must be a list: begin each source with '- ', or write [] for none; found a mapping"),
                Case.of(
                        "a text",
                        "hello\n",
                        "1:1: a station file must be a list: begin each source with '- ', or write [] for none; found 'hello'"),
                Case.of(
                        "items that are no mapping",
                        "- A1\n- [1]\n-\n",
                        "1:3: a source must be a mapping such as { id: A1, … }; found 'A1'",
                        "2:3: a source must be a mapping such as { id: A1, … }; found a list",
                        "3:2: a source must be a mapping such as { id: A1, … }; found nothing"),
                Case.of(
                        "nothing given",
                        "- {}\n",
                        "1:3: 'id' is missing",
                        "1:3: 'protocol' is missing",
                        "1:3: 'host' is missing",
                        "1:3: 'port' is missing"),
                Case.keys("unknown key", "prto: 1", "1:55: unknown key 'prto': did you mean 'port'?"),
                Case.keys(
                        "unknown key, two are as near",
                        "prot: 1",
                        "1:55: unknown key 'prot': did you mean 'protocol' or 'port'?"),
                Case.keys(
                        "unknown key, other case",
                        "Enabled: true",
                        "1:55: unknown key 'Enabled': did you mean 'enabled'?"),
                Case.keys(
                        "unknown key, none near",
                        "wavelength: 3",
                        "1:55: unknown key 'wavelength': known are id, protocol, host, port, dialIn, rate, groups, attributes, enabled,"
                                + " silenceSeconds, connectTimeoutMillis, tls, user, password, frameLimitBytes, duplex, hello"),
                Case.keys(
                        "duplicate key",
                        "port: 7002",
                        "1:55: key 'port' stands twice; the first is in line 1, column 43"),
                Case.of(
                        "port 0",
                        "- { id: A1, protocol: tcp-lines, host: h, port: 0 }",
                        "1:49: port 0 is out of range 1 to 65535"),
                Case.of(
                        "port 65536",
                        "- { id: A1, protocol: tcp-lines, host: h, port: 65536 }",
                        "1:49: port 65536 is out of range 1 to 65535"),
                Case.of(
                        "port -1",
                        "- { id: A1, protocol: tcp-lines, host: h, port: -1 }",
                        "1:49: port -1 is out of range 1 to 65535"),
                Case.of(
                        "port in quotes",
                        "- { id: A1, protocol: tcp-lines, host: h, port: \"7001\" }",
                        "1:49: 'port' must be a whole number; found the text \"7001\" (take the quotes away)"),
                Case.of(
                        "a word in quotes for a number",
                        "- { id: A1, protocol: tcp-lines, host: h, port: \"http\" }",
                        "1:49: 'port' must be a whole number; found the text \"http\""),
                Case.of(
                        "rate with a comma",
                        "- { id: A1, protocol: tcp-lines, host: h, port: 7001, rate: '0,5' }",
                        "1:61: 'rate' must be a number; found the text \"0,5\" (write 0.5)"),
                Case.of(
                        "port 7001.5",
                        "- { id: A1, protocol: tcp-lines, host: h, port: 7001.5 }",
                        "1:49: 'port' must be a whole number from 1 to 65535; found '7001.5'"),
                Case.of(
                        "port too long for a long",
                        "- { id: A1, protocol: tcp-lines, host: h, port: 99999999999999999999 }",
                        "1:49: 'port' must be a whole number from 1 to 65535; found '99999999999999999999'"),
                Case.of(
                        "port a word",
                        "- { id: A1, protocol: tcp-lines, host: h, port: high }",
                        "1:49: 'port' must be a whole number; found 'high'"),
                Case.of(
                        "port empty",
                        "- { id: A1, protocol: tcp-lines, host: h, port: }",
                        "1:48: 'port' is empty: it must be a whole number"),
                Case.of(
                        "port a list",
                        "- { id: A1, protocol: tcp-lines, host: h, port: [1, 2] }",
                        "1:49: 'port' must be a whole number; found a list"),
                Case.keys("unknown key, cut short", "proto: x", "1:55: unknown key 'proto': did you mean 'protocol'?"),
                Case.keys("rate 0", "rate: 0", "1:61: rate 0 is out of range: above 0, at most 1000000"),
                Case.keys("rate -1", "rate: -1", "1:61: rate -1 is out of range: above 0, at most 1000000"),
                Case.keys(
                        "rate too small to be above 0",
                        "rate: 1e-999",
                        "1:61: rate 1e-999 is out of range: above 0, at most 1000000"),
                Case.keys(
                        "rate too large to be finite",
                        "rate: 1e999",
                        "1:61: rate 1e999 is out of range: above 0, at most 1000000"),
                Case.keys("rate .nan", "rate: .nan", "1:61: 'rate' must be a finite number; found '.nan'"),
                Case.keys("rate NaN", "rate: NaN", "1:61: 'rate' must be a finite number; found 'NaN'"),
                Case.keys("rate .inf", "rate: .inf", "1:61: 'rate' must be a finite number; found '.inf'"),
                Case.keys("rate a word", "rate: fast", "1:61: 'rate' must be a number; found 'fast'"),
                Case.keys("rate in hexadecimal", "rate: 0x10", "1:61: 'rate' must be a number; found '0x10'"),
                Case.keys(
                        "silence 0",
                        "silenceSeconds: 0",
                        "1:71: silenceSeconds 0 is out of range: above 0, at most 10000000"),
                Case.keys(
                        "connect limit 0",
                        "connectTimeoutMillis: 0",
                        "1:77: connectTimeoutMillis 0 is out of range 1 to 600000"),
                Case.keys(
                        "frame limit 0",
                        "frameLimitBytes: 0",
                        "1:72: frameLimitBytes 0 is out of range 1 to 1073741824"),
                Case.keys("enabled yes", "enabled: yes", "1:64: 'enabled' must be true or false; found 'yes'"),
                Case.keys(
                        "groups a word",
                        "groups: north",
                        "1:63: 'groups' must be a list such as [a, b]; found 'north'"),
                Case.keys("groups of lists", "groups: [[a]]", "1:64: 'groups' must be text; found a list"),
                Case.keys("attributes a list", "attributes: [a]", "1:67: 'attributes' must be a mapping; found a list"),
                Case.keys(
                        "an attribute that is a list",
                        "attributes: { a: [1] }",
                        "1:72: 'a' must be text; found a list"),
                Case.keys(
                        "option of another protocol",
                        "streams: BHZ",
                        "1:55: key 'streams' belongs to protocol seedlink, not to tcp-lines"),
                Case.of(
                        "a list that is none",
                        "- { id: A1, protocol: seedlink, host: h, port: 1, selectors: BHZ }\n",
                        "1:62: 'selectors' must be a list such as [a, b]; found 'BHZ'"),
                Case.of(
                        "an item with a comma",
                        "- { id: A1, protocol: seedlink, host: h, port: 1, selectors: ['BHZ,BHN'] }\n",
                        "1:62: 'selectors' holds an item with a comma: 'BHZ,BHN'"),
                Case.keys("option of the wrong type", "hello: 1", "1:62: 'hello' must be true or false; found '1'"),
                Case.keys("tls a word", "tls: on", "1:60: 'tls' must be true or false; found 'on'"),
                Case.keys("tls a list", "tls: []", "1:60: 'tls' must be true, false or a mapping; found a list"),
                Case.keys(
                        "tls unknown key", "tls: { cafile: x }", "1:62: unknown key 'cafile': did you mean 'caFile'?"),
                Case.keys(
                        "tls half a pair",
                        "tls: { certFile: stations.yaml }",
                        "1:60: certFile and keyFile go together: give both or none"),
                Case.keys(
                        "password in plain text",
                        "password: s3cret",
                        "1:65: 'password' must be ${NAME}, an environment variable, or file:PATH; not the secret itself"),
                Case.keys(
                        "password of no variable",
                        "password: \"${NOWHERE}\"",
                        "1:65: environment variable NOWHERE is not set: set it before the start"),
                Case.of(
                        "unknown protocol",
                        "- { id: A1, protocol: tcp-line, hello: true" + HOST,
                        "1:23: unknown protocol 'tcp-line': did you mean 'tcp-lines'? known are seedlink, tcp-frames, tcp-lines"),
                Case.of(
                        "what the protocol refuses",
                        "- { id: A1, protocol: tcp-lines, host: refused.example, port: 1 }",
                        "1:40: host refused.example is refused by tcp-lines"),
                Case.of(
                        "host with a blank",
                        "- { id: A1, protocol: tcp-lines, host: \"a b\", port: 1 }",
                        "1:40: host holds a blank or '/'"),
                Case.of(
                        "host empty",
                        "- { id: A1, protocol: tcp-lines, host: '', port: 1 }",
                        "1:40: 'host' is empty: give it a value or leave the key out"),
                Case.of(
                        "id that is a path",
                        "- { id: ../../etc, protocol: tcp-lines" + HOST,
                        "1:9: '../../etc' is no id: 1 to 64 letters, digits, '.', '_' or '-', the first a letter or digit"),
                Case.of(
                        "id with a slash",
                        "- { id: A/1, protocol: tcp-lines" + HOST,
                        "1:9: 'A/1' is no id: 1 to 64 letters, digits, '.', '_' or '-', the first a letter or digit"),
                Case.of(
                        "id hidden",
                        "- { id: .A, protocol: tcp-lines" + HOST,
                        "1:9: '.A' is no id: 1 to 64 letters, digits, '.', '_' or '-', the first a letter or digit"),
                Case.of(
                        "id of NUL",
                        "- { id: \"A\\0\", protocol: tcp-lines" + HOST,
                        "1:9: 'A?' is no id: 1 to 64 letters, digits, '.', '_' or '-', the first a letter or digit"),
                Case.of(
                        "ids twice",
                        "- { id: A1, protocol: tcp-lines" + HOST + "- { id: A1, protocol: tcp-lines" + HOST
                                + "- { id: \"A1\", protocol: tcp-frames" + HOST,
                        "2:9: id 'A1' is taken: the first source with it is in line 1",
                        "3:9: id 'A1' is taken: the first source with it is in line 1"),
                Case.of(
                        "several errors of one source",
                        "- id: A 1\n  protocol: tcp-lines\n  host: h\n  port: 70000\n  rate: 0\n  speed: 1\n",
                        "1:7: 'A 1' is no id: 1 to 64 letters, digits, '.', '_' or '-', the first a letter or digit",
                        "4:9: port 70000 is out of range 1 to 65535",
                        "5:9: rate 0 is out of range: above 0, at most 1000000",
                        "6:3: unknown key 'speed': known are id, protocol, host, port, dialIn, rate, groups, attributes, enabled, silenceSeconds,"
                                + " connectTimeoutMillis, tls, user, password, frameLimitBytes, duplex, hello"),
                Case.of(
                        "anchor and alias",
                        "- &a { id: A1, protocol: tcp-lines, host: h, port: 1 }\n- *a\n",
                        "1:3: anchor '&a': take it away, aliases are not read",
                        "2:3: alias '*a': write the value out"),
                Case.of(
                        "merge key",
                        "- { <<: {}, id: A1, protocol: tcp-lines" + HOST,
                        "1:5: merge key '<<': write the keys out"),
                Case.of(
                        "tags",
                        "- { id: !!str A1, protocol: !x tcp-lines" + HOST,
                        "1:9: tag 'tag:yaml.org,2002:str': take it away, the key says what type it has",
                        "1:29: tag '!x': take it away, the key says what type it has"),
                Case.of(
                        "a list as a key",
                        "- { [a]: 1, id: A1, protocol: tcp-lines" + HOST,
                        "1:5: a key must be a word; found a list"),
                Case.of("two documents", "[]\n---\n[]\n", "2:1: a second document: a file holds only one"),
                Case.of("a tab", "- id: A1\n\tprotocol: tcp-lines\n", "2:1: not YAML: a tab; indent with blanks"),
                Case.of(
                        "not closed",
                        "- { id: A1\n",
                        "2:1: not YAML: while parsing a flow mapping begun at 1:3: expected ',' or '}', but got <stream end>"),
                Case.of(
                        "a control character",
                        "- { id: A\u0001, protocol: tcp-lines" + HOST,
                        "1:10: character U+0001 is not allowed in YAML"),
                Case.of("deep", "[".repeat(100_000), "1:52: nested deeper than 50 levels"));
    }

    @ParameterizedTest
    @MethodSource("badFiles")
    void everyErrorHasItsPlaceAndAdvice(Case bad) throws IOException {
        var file = file(bad.text());
        assertThat(told(inventory.readStations(file), file)).containsExactlyElementsOf(bad.errors());
    }

    @Test
    void scalarsAreWhatTheSchemaSaysNotWhatTheyLookLike() throws IOException {
        var sources = valid("""
                - { id: NO, protocol: tcp-lines, host: 1, port: 7001 }
                - { id: 1E5, protocol: tcp-lines, host: h, port: 07001, rate: 1E1 }
                - { id: 012, protocol: tcp-lines, host: h, port: 7001, rate: .5, attributes: { a: 1.50, b: no, c: ~ } }
                - { id: null, protocol: tcp-lines, host: h, port: 7001, groups: [1, true] }
                - { id: true, protocol: tcp-lines, host: h, port: 7001 }
                - { id: 2026-11-24, protocol: tcp-lines, host: h, port: 7001 }
                """);
        assertThat(sources)
                .extracting(source -> source.id().value())
                .containsExactly("NO", "1E5", "012", "null", "true", "2026-11-24");
        assertThat(sources.get(0).host()).isEqualTo("1");
        assertThat(sources.get(1).port()).isEqualTo(7001);
        assertThat(sources.get(1).ratePerSecond()).hasValue(10);
        assertThat(sources.get(2).ratePerSecond()).hasValue(0.5);
        assertThat(sources.get(2).attributes()).isEqualTo(Map.of("a", "1.50", "b", "no", "c", "~"));
        assertThat(sources.get(3).groups()).containsExactly("1", "true");
    }

    @Test
    void everyKeyIsRead() throws IOException {
        Files.writeString(directory.resolve("ca.pem"), "x");
        Files.writeString(directory.resolve("secret"), "from a file\n");
        var sources = valid("""
                - id: QSCO
                  protocol: tcp-frames
                  host: 127.0.0.1
                  port: 7001
                  rate: 2.5
                  groups: [north, gnss]
                  attributes: { site: Quito }
                  enabled: false
                  silenceSeconds: 7
                  connectTimeoutMillis: 500
                  tls: { caFile: ca.pem, serverName: station.example }
                  user: me
                  password: ${STATION_PASSWORD}
                  frameLimitBytes: 4096
                  hello: true
                  duplex: false
                - { id: B, protocol: seedlink, host: h, port: 1, tls: true, password: "file:secret", streams: "BH? 00", batch: 5, selectors: [BHZ, NO, 012] }
                - { id: C, protocol: tcp-lines, host: h, port: 1, tls: false }
                """);
        assertThat(sources.get(0))
                .isEqualTo(Source.builder("QSCO", "tcp-frames", "127.0.0.1", 7001)
                        .rate(2.5)
                        .group("north")
                        .group("gnss")
                        .attribute("site", "Quito")
                        .enabled(false)
                        .silenceSeconds(7)
                        .connectTimeoutMillis(500)
                        .tls(new Tls(directory.resolve("ca.pem"), null, null, "station.example"))
                        .user("me")
                        .password(new Secret("s3cret"))
                        .frameLimitBytes(4096)
                        .option("hello", "true")
                        .build());
        assertThat(sources.get(1))
                .isEqualTo(Source.builder("B", "seedlink", "h", 1)
                        .tls(Tls.DEFAULT)
                        .password(new Secret("from a file"))
                        .option("streams", "BH? 00")
                        .option("batch", "5")
                        .option("selectors", "BHZ,NO,012")
                        .build());
        assertThat(sources.get(2)).isEqualTo(Source.of("C", "tcp-lines", "h", 1));
    }

    @Test
    void anEmptyListAndJsonAreLegal() throws IOException {
        assertThat(valid("[]")).isEmpty();
        assertThat(valid("\uFEFF---\n[]\n...\n")).isEmpty();
        assertThat(valid(
                        "[\n\t{\n\t\t\"id\": \"A\\u0031\",\n\t\t\"protocol\": \"tcp-lines\", \"host\": \"h\",\n\t\t\"port\": 1, \"rate\": 1.0,"
                                + " \"attributes\": {\"s\": \"\\/\\uD83D\\uDE00\"}, \"hello\": true\n\t}\n]\n"))
                .containsExactly(Source.builder("A1", "tcp-lines", "h", 1)
                        .rate(1)
                        .attribute("s", "/😀")
                        .option("hello", "true")
                        .build());
    }

    @Test
    void onlyTheFirstHundredErrorsAreToldTheRestIsCounted() throws IOException {
        var file = file("- { id: A1, protocol: tcp-lines, host: h, port: 0 }\n".repeat(251));
        var reading = inventory.readStations(file);
        assertThat(((Reading.Invalid<?>) reading).errors()).hasSize(100);
        assertThat(((Reading.Invalid<?>) reading).more()).isEqualTo(251 + 250 - 100);
        assertThat(told(reading, file)).hasSize(101).last().isEqualTo("and 401 more");
    }

    @Test
    void filesThatAreNone() throws IOException {
        var missing = directory.resolve("missing.yaml");
        assertThat(told(inventory.readStations(missing), missing)).containsExactly("there is no such file");
        assertThat(told(inventory.readStations(directory), directory))
                .containsExactly("is a directory: name a file in it");
        var latin = Files.write(
                directory.resolve("latin.yaml"), "- { id: A1,\n  host: \u00FC }".getBytes(StandardCharsets.ISO_8859_1));
        assertThat(told(inventory.readStations(latin), latin))
                .containsExactly("2:9: not UTF-8: byte 0xFC; save the file as UTF-8");
        var cut = Files.write(directory.resolve("cut.yaml"), new byte[] {'[', (byte) 0xE2, (byte) 0x82});
        assertThat(told(inventory.readStations(cut), cut))
                .containsExactly("1:2: not UTF-8: byte 0xE2; save the file as UTF-8");
        var large = directory.resolve("large.yaml");
        try (var sparse = new java.io.RandomAccessFile(large.toFile(), "rw")) {
            sparse.setLength(FileText.MAX_BYTES + 1L);
        }
        assertThat(told(inventory.readStations(large), large))
                .containsExactly("is larger than 64 MiB (67108865 bytes)");
    }

    @Test
    void aliasesThatWouldGrowAreOnlyErrors() throws IOException {
        var laughs = new StringBuilder("- &a0 [x]\n");
        for (int i = 1; i < 60; i++) {
            laughs.append("- &a")
                    .append(i)
                    .append(" [")
                    .append(("*a" + (i - 1) + ",").repeat(20))
                    .append("]\n");
        }
        var file = file(laughs.toString());
        assertThat(told(inventory.readStations(file), file)).hasSize(101).last().isEqualTo("and 1200 more");
    }

    @Test
    void aMutatedFileIsValidOrInvalidNeverAnException() throws IOException {
        checkMutatedFiles(100);
    }

    @Tag("fuzz")
    @Test
    void manyMutatedFilesAreValidOrInvalid() throws IOException {
        assertThat(checkMutatedFiles(1000)).as("valid").isGreaterThan(3);
    }

    /** How many were valid. */
    private int checkMutatedFiles(int rounds) throws IOException {
        var original = """
                - { id: QSCO, protocol: tcp-frames, host: 127.0.0.1, port: 7001, rate: 1.0, groups: [north] }
                - id: "B"
                  protocol: seedlink
                  host: h
                  port: 1
                  attributes: { a: 'b', c: "\\u00e4" }
                  tls: { serverName: x }
                  password: ${STATION_PASSWORD}
                  streams: |
                    one
                    two
                """.getBytes(StandardCharsets.UTF_8);
        var alphabet = "[]{}:,-&*!|>'\"%@`#?<\t\n .~0aé\u0000\uFEFF".getBytes(StandardCharsets.UTF_8);
        var random = new Random(20261124);
        int valid = 0;
        int invalid = 0;
        for (int i = 0; i < rounds; i++) {
            var bytes = original.clone();
            for (int changes = random.nextInt(1, 6); changes > 0; changes--) {
                bytes[random.nextInt(bytes.length)] = alphabet[random.nextInt(alphabet.length)];
            }
            var file = Files.write(directory.resolve("mutated.yaml"), bytes);
            switch (inventory.check(file)) {
                case Reading.Valid<Inventory.Checked> _ -> valid++;
                case Reading.Invalid<Inventory.Checked>(var errors, var _) -> {
                    assertThat(errors)
                            .isNotEmpty()
                            .allSatisfy(error -> assertThat(error.message()).isNotBlank());
                    invalid++;
                }
            }
        }
        assertThat(invalid).isGreaterThan(rounds / 2);
        return valid;
    }

    @Test
    void aMutatedRequestIsJsonOrMalformedNeverAnException() {
        checkMutatedRequests(300);
    }

    @Tag("fuzz")
    @Test
    void manyMutatedRequestsAreJsonOrMalformed() {
        checkMutatedRequests(3000);
    }

    private void checkMutatedRequests(int rounds) {
        var original = """
                {"id":"A1","protocol":"seedlink","host":"h","port":7001,"rate":1.5e0,"groups":["a","b"],
                 "attributes":{"s":"\\u00e4\\n"},"enabled":true,"tls":{"serverName":"x"},"batch":3,"user":null}
                """.getBytes(StandardCharsets.UTF_8);
        var alphabet = "[]{}:,-+.eE\"\\u0\t\n nullé\u0000".getBytes(StandardCharsets.UTF_8);
        var random = new Random(20261124);
        int malformed = 0;
        int invalid = 0;
        for (int i = 0; i < rounds; i++) {
            var bytes = original.clone();
            for (int changes = random.nextInt(1, 4); changes > 0; changes--) {
                bytes[random.nextInt(bytes.length)] = alphabet[random.nextInt(alphabet.length)];
            }
            switch (inventory.readSource(bytes, new SourceId("A1"), directory, _ -> null)) {
                case Inventory.Body.Malformed(var error) -> {
                    assertThat(error.message()).startsWith("not ");
                    malformed++;
                }
                case Inventory.Body.Json(var reading) -> invalid += reading instanceof Reading.Invalid ? 1 : 0;
            }
        }
        assertThat(malformed).isGreaterThan(rounds / 6);
        assertThat(invalid).isGreaterThan(rounds / 6);
    }

    @Tag("system")
    @Test
    void tenThousandSourcesAreRead() throws IOException {
        var text = new StringBuilder();
        for (int i = 0; i < 10_000; i++) {
            text.append("- { id: S")
                    .append(i)
                    .append(", protocol: tcp-frames, host: 127.0.0.1, port: 7001, rate: 1.0, groups: [north, g")
                    .append(i % 7)
                    .append("], hello: true }\n");
        }
        var file = file(text.toString());
        var reading = inventory.readStations(file);
        assertThat(((Reading.Valid<List<Source>>) reading).value()).hasSize(10_000);
    }
}
