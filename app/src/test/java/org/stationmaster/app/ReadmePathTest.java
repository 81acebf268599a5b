package org.stationmaster.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * The way of a newcomer: the files and shell blocks of the README's steps, in its order and as they stand there, but for ports
 * (any that is free) and the address of the own station (a small one here). The way by page is in {@link DashboardTest}.
 */
@Tag("system")
@Timeout(240)
class ReadmePathTest {
    private static final Path ROOT = Path.of(System.getProperty("stationmaster.root", ".."));
    private static final Pattern BLOCK = Pattern.compile("```(sh|yaml)\\n(.*?)```", Pattern.DOTALL);

    @TempDir
    private Path directory = Path.of("");

    private final List<Child> children = new ArrayList<>();
    private String url = "http://127.0.0.1:8470";
    private int ownPort;

    @Test
    void theStepsOfTheReadmeLeadToAStationOfOnesOwn() throws Exception {
        var readme = Files.readString(ROOT.resolve("README.md"));
        var steps = readme.substring(readme.indexOf("## Collect your own"), readme.indexOf("## Embed it"));
        installProgram();
        var said = new ArrayList<String>();
        try (var station = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            ownPort = station.getLocalPort();
            Thread.ofVirtual().start(() -> serve(station));
            for (var block : BLOCK.matcher(steps).results().toList()) {
                said.add(block.group(1).equals("yaml") ? written(block) : executed(block.group(2)));
            }
            assertThat(said).as("steps").hasSizeGreaterThanOrEqualTo(6);
            assertThat(String.join("\n", said))
                    .contains("OK: 20 sources", "alive", "SIM00019", "SIM00003.")
                    .contains("PUQE added: ");
            awaitRecord("PUQE");
            awaitRecord("QSCO");
            assertThat(show("PUQE").path("origin").asString()).isEqualTo("rest");
            assertThat(show("QSCO").path("origin").asString()).isEqualTo("file");
            assertThat(show("SIM00003").path("reconnects").asInt())
                    .as("untouched")
                    .isZero();
        } finally {
            children.forEach(Child::close);
        }
    }

    private void installProgram() throws IOException {
        var command = Child.command().stream()
                .map(word -> "'" + word + "'")
                .collect(Collectors.joining(" ", "#!/bin/sh\nexec ", " \"$@\"\n"));
        assertThat(Files.writeString(directory.resolve("stationmaster"), command)
                        .toFile()
                        .setExecutable(true))
                .isTrue();
    }

    /** A file that is named in its first line. */
    private String written(MatchResult block) throws IOException {
        var text = block.group(2);
        var name = text.lines().findFirst().orElseThrow().substring(2);
        Files.writeString(directory.resolve(name), text + "control: { bind: \"127.0.0.1:0\" }\n");
        return text;
    }

    /** What ends by itself must end well; of what goes on, the others have to wait until it is ready. */
    private String executed(String block) throws Exception {
        var text = block.replace("--port 7001", "--port 0")
                .replaceAll("192\\.0\\.2\\.\\d+", "127.0.0.1")
                .replace("4001", Integer.toString(ownPort))
                .replace("http://127.0.0.1:8470", url)
                .replace("./stationmaster status", "env -u STATIONMASTER_URL ./stationmaster status");
        var builder = new ProcessBuilder("bash", "-euc", "command -v curl > /dev/null || curl() { true; }\n" + text);
        builder.environment().put("STATIONMASTER_URL", url);
        var child = Child.start(directory, builder);
        children.add(child);
        if (text.contains("stationmaster simulate")) {
            child.awaitOut(SimulateCommand.LISTENING);
        } else if (text.contains("stationmaster run")) {
            child.awaitErr("ready: control");
            var control = Pattern.compile("control (http://\\S+)/").matcher(child.err());
            assertThat(control.find()).isTrue();
            url = control.group(1);
        } else {
            assertThat(child.code()).as(text + child.err()).isZero();
        }
        return child.out();
    }

    private JsonNode show(String id) {
        var out = new StringWriter();
        var err = new StringWriter();
        int code = Cli.commandLine(new StopSignals(_ -> {}), new PrintWriter(out, true), new PrintWriter(err, true))
                .execute("sources", "show", id, "--json", "--url=" + url);
        return code == 0 ? Remote.MAPPER.readTree(out.toString()) : Remote.MAPPER.createObjectNode();
    }

    private void awaitRecord(String id) {
        Awaitility.await(id)
                .atMost(Child.PATIENCE)
                .until(() -> show(id).path("records").asLong(0) > 0);
    }

    /** A tide gauge: three lines, and then it waits. */
    private static void serve(ServerSocket station) {
        try {
            while (true) {
                var socket = station.accept();
                Thread.ofVirtual().start(() -> speak(socket));
            }
        } catch (SocketException e) {
            // closed: the test is over
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void speak(Socket socket) {
        try (socket) {
            socket.getOutputStream().write("1.25 m\n1.26 m\n1.27 m\n".getBytes(StandardCharsets.US_ASCII));
            while (socket.getInputStream().read() >= 0) {
                // until the machine goes
            }
        } catch (IOException e) {
            // gone, too
        }
    }
}
