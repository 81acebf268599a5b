package org.stationmaster.server.inventory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stationmaster.core.api.Source;
import org.stationmaster.server.FakeProtocol;
import tools.jackson.databind.json.JsonMapper;

/** CSV, and files that go to a machine elsewhere. */
@Timeout(60)
class ImportTest {
    @TempDir
    Path directory;

    private final Inventory inventory = new Inventory(FakeProtocol.ALL);

    private Path file(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }

    private static <T> T valid(Reading<T> reading) {
        return switch (reading) {
            case Reading.Valid<T>(var value) -> value;
            case Reading.Invalid<T> invalid -> throw new AssertionError(invalid.report());
        };
    }

    private static String report(Reading<?> reading) {
        return ((Reading.Invalid<?>) reading).report();
    }

    @Test
    void csvHoldsWhatYamlHolds() throws IOException {
        var csv = file("stations.csv", """
                \uFEFFid, protocol,host,port,rate,groups,attributes.site,attributes.owner,hello,tls.serverName,enabled\r
                012,tcp-lines,h,7001,0.5,north; sea,"Quai ""Süd"", left",,true,gauge,\r
                \r
                NO,tcp-frames,"h" ,7002,,,"two
                lines",me,,,false""");
        assertThat(valid(inventory.readStations(csv)))
                .containsExactly(
                        Source.builder("012", "tcp-lines", "h", 7001)
                                .rate(0.5)
                                .group("north")
                                .group("sea")
                                .attribute("site", "Quai \"Süd\", left")
                                .option("hello", "true")
                                .tls(new org.stationmaster.core.api.Tls(null, null, null, "gauge"))
                                .build(),
                        Source.builder("NO", "tcp-frames", "h", 7002)
                                .attribute("site", "two\nlines")
                                .attribute("owner", "me")
                                .enabled(false)
                                .build());
        assertThat(valid(inventory.readStations(file("none.csv", "id,protocol,host,port\n"))))
                .isEmpty();
    }

    /** Whose keys they are, and of which type, the schema says, not the front end. */
    @Test
    void aCellIsAListWhereTheKeyIsOne() throws IOException {
        var csv = file("stations.csv", """
                id,protocol,host,port,selectors,streams,groups
                A,seedlink,h,1,BHZ; 00HH?,a;b,north;sea
                B,seedlink,h,1,BHZ,,north
                """);
        assertThat(valid(inventory.readStations(csv)))
                .containsExactly(
                        Source.builder("A", "seedlink", "h", 1)
                                .option("selectors", "BHZ,00HH?")
                                .option("streams", "a;b")
                                .group("north")
                                .group("sea")
                                .build(),
                        Source.builder("B", "seedlink", "h", 1)
                                .option("selectors", "BHZ")
                                .group("north")
                                .build());
        assertThat(report(inventory.readStations(
                        file("bad.csv", "id,protocol,host,port,selectors\nA,seedlink,h,1,BHZ;;HHZ\n"))))
                .contains("2:16: 'selectors' is empty");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "~~ | the file is empty",
                "id;protocol;host;port\\nA;tcp-lines;h;1 | divided by commas, not semicolons",
                "id,protocol,host,port\\nA,tcp-lines,h,0 | 2:15: port 0 is out of range",
                "id,protocol,host,port\\nA,tcp-lines,h,1,x | 2:17: a cell too many: the first line names 4 keys",
                "id,protocol,host,prt\\nA,tcp-lines,h,1 | unknown key 'prt': did you mean 'port'?",
                "id,protocol,host,port\\nA,tcp-lines,\"h,1 | 2:13: a quote that does not end",
                "id,protocol,host,port\\nA,tcp-lines,\"h\"x,1 | text behind a quote",
                "id,protocol,host,port\\nA,tcp-lines,h,1\\nA,tcp-lines,h,1 | id 'A' is taken: the first source with it is in line 2",
            })
    void wrongCsvIsToldWithItsPlace(String text, String error) throws IOException {
        assertThat(report(inventory.readStations(file("bad.csv", text.replace("\\n", "\n")))))
                .contains(error);
    }

    @Test
    void keysInAMappingAreTheProtocolsOwn() throws IOException {
        var source = Source.builder("A", "seedlink", "h", 1)
                .option("place.latitude", "-0.215")
                .option("place.name", "Quito")
                .build();
        var yaml = file(
                "stations.yaml",
                "- { id: A, protocol: seedlink, host: h, port: 1, place: { latitude: -0.215, name: Quito } }");
        assertThat(valid(inventory.readStations(yaml))).containsExactly(source);
        var csv = file(
                "stations.csv",
                "id,protocol,host,port,place.latitude,place.name\nA,seedlink,h,1,-0.215,Quito\nB,seedlink,h,1,,\n");
        assertThat(valid(inventory.readStations(csv))).containsExactly(source, Source.of("B", "seedlink", "h", 1));
        var form = new SourceForm(FakeProtocol.ALL).brief(source);
        assertThat(JsonMapper.builder().build().writeValueAsString(form.get("place")))
                .isEqualTo("{\"latitude\":-0.215,\"name\":\"Quito\"}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "place: 3 | 'place' must be a mapping",
                "place: { latitude: north } | must be a number",
                "place: { latitud: 1 } | unknown key 'latitud': did you mean 'latitude'?",
                "place.latitude: 1 | unknown key",
            })
    void wrongKeysInAMappingAreTold(String keys, String error) throws IOException {
        assertThat(report(inventory.readStations(
                        file("bad.yaml", "- { id: A, protocol: seedlink, host: h, port: 1, " + keys + " }"))))
                .contains(error);
        assertThat(report(inventory.readStations(file(
                        "foreign.yaml", "- { id: A, protocol: tcp-lines, host: h, port: 1, place: { latitude: 1 } }"))))
                .contains("key 'place' belongs to protocol seedlink");
    }

    @Test
    void aFileForAMachineElsewhereIsNotLookedUpHere() throws IOException {
        var noted = valid(inventory.readForeign(file("stations.yaml", """
                - { id: A, protocol: seedlink, host: h, port: 1, rate: 2, batch: 5, streams: "BH?", password: "file:there",
                    tls: { caFile: ca.pem, serverName: x }, groups: [b, a], attributes: { n: 1 }, enabled: false }
                - { id: B, protocol: tcp-lines, host: h, port: 1, password: kept, hello: true, tls: true }
                """)));
        assertThat(JsonMapper.builder().build().writeValueAsString(noted.get(0).form()))
                .isEqualTo("{\"id\":\"A\",\"protocol\":\"seedlink\",\"host\":\"h\",\"port\":1,\"rate\":2.0,"
                        + "\"groups\":[\"a\",\"b\"],\"attributes\":{\"n\":\"1\"},\"enabled\":false,"
                        + "\"tls\":{\"caFile\":\"ca.pem\",\"serverName\":\"x\"},\"password\":\"file:there\",\"batch\":5,"
                        + "\"streams\":\"BH?\"}");
        assertThat(noted.get(1).form())
                .isEqualTo(Map.of(
                        "id",
                        "B",
                        "protocol",
                        "tcp-lines",
                        "host",
                        "h",
                        "port",
                        1,
                        "tls",
                        true,
                        "password",
                        "kept",
                        "hello",
                        true));
        assertThat(report(inventory.readForeign(
                        file("env.yaml", "- { id: A, protocol: tcp-lines, host: h, port: 1, password: \"${PATH}\" }"))))
                .contains("only in a station file that the machine itself reads");
        assertThat(report(inventory.readStations(
                        file("kept.yaml", "- { id: A, protocol: tcp-lines, host: h, port: 1, password: kept }"))))
                .contains("no secret of 'A' is stored here");
    }

    @Test
    void whatIsToldOfASourceIsThatSourceWhenItIsReadAgain() throws IOException {
        Files.writeString(directory.resolve("ca.pem"), "");
        var source = Source.builder("A1", "seedlink", "h", 7001)
                .rate(0.1)
                .group("b")
                .group("a")
                .attribute("site", "Quai \"Süd\"\n: # [")
                .enabled(false)
                .silenceSeconds(12.25)
                .connectTimeoutMillis(7)
                .tls(new org.stationmaster.core.api.Tls(directory.resolve("ca.pem"), null, null, "x"))
                .user("me")
                .frameLimitBytes(99)
                .option("batch", "5")
                .option("streams", "012")
                .option("place.latitude", "-0.215")
                .option("place.name", "012")
                .build();
        for (var one : List.of(source, Source.of("A1", "tcp-lines", "h", 1))) {
            var form = new SourceForm(FakeProtocol.ALL).brief(one);
            var json = JsonMapper.builder().build().writeValueAsBytes(form);
            var body = (Inventory.Body.Json) inventory.readSource(json, one.id(), directory, _ -> null);
            assertThat(valid(body.source()).source()).isEqualTo(one);
            assertThat(valid(body.source()).form().keySet()).isEqualTo(form.keySet());
        }
        assertThat(new SourceForm(FakeProtocol.ALL).brief(Source.of("A1", "tcp-lines", "h", 1)))
                .isEqualTo(Map.of("id", "A1", "protocol", "tcp-lines", "host", "h", "port", 1));
    }
}
