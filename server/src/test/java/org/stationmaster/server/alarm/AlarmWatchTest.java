package org.stationmaster.server.alarm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.MachineView.Alarm;
import org.stationmaster.core.api.MachineView.SourcePage;
import org.stationmaster.core.api.MachineView.SourceStatus;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceState;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.server.alarm.AlarmRules.Disk;
import org.stationmaster.server.alarm.AlarmWatch.Raised;
import org.stationmaster.server.inventory.ReceiverConfig;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** From what is wrong to who is told, on a clock that stands still. */
@Tag("system")
@Timeout(60)
class AlarmWatchTest {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    /** A clock that is turned by hand. */
    private static final class Hands implements Clock {
        private long nanos;

        @Override
        public long nanoTime() {
            return nanos;
        }

        @Override
        public long epochNanos() {
            return 1_800_000_000_000_000_000L + nanos;
        }
    }

    private final Hands clock = new Hands();
    private final Map<String, SourceStatus> sources = new TreeMap<>();
    private final List<Alarm> alarms = new ArrayList<>();
    private final List<JsonNode> told = new ArrayList<>();
    private Disk disk = new Disk("/data", 100L << 30, 1000L << 30);
    private boolean deaf;
    private final AlarmWatch watch = new AlarmWatch(
            () -> alarms, _ -> new SourcePage(List.copyOf(sources.values()), null), () -> disk, clock, Runnable::run);

    AlarmWatchTest() {
        watch.add("test", json -> {
            if (deaf) {
                throw new IOException("nobody there");
            }
            told.add(MAPPER.readTree(json));
        });
    }

    private void pass(int seconds) {
        for (int i = 0; i < seconds; i++) {
            clock.nanos += TimeUnit.SECONDS.toNanos(1);
            watch.look();
        }
    }

    private void running(String id, String host, Instant heard) {
        put(id, host, SourceState.RUNNING, false, EndReason.NONE, heard);
    }

    private void failing(String id, String host, String reason, Instant heard) {
        put(id, host, SourceState.BACKOFF, true, EndReason.valueOf(reason), heard);
    }

    private void put(String id, String host, SourceState state, boolean fails, EndReason reason, Instant heard) {
        put(id, host, state, fails, reason, reason == EndReason.NONE ? "" : "told by the dialer", heard);
    }

    private void put(
            String id, String host, SourceState state, boolean fails, EndReason reason, String detail, Instant heard) {
        var source = Source.builder(id, "tcp-lines", host, 1).rate(10).build();
        sources.put(
                id,
                new SourceStatus(
                        source,
                        state,
                        new SlotId(new WorkerId(0), 0),
                        1,
                        true,
                        fails,
                        reason,
                        detail,
                        heard,
                        null,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0));
    }

    private Instant now() {
        return Instant.ofEpochSecond(0, clock.epochNanos());
    }

    private List<String> raised() {
        return watch.told().alarms().stream()
                .map(alarm -> alarm.kind() + " " + alarm.subject())
                .toList();
    }

    @Test
    void aDeadLinkIsOneAlarmAndItGoesByItself() {
        for (int i = 0; i < 500; i++) {
            failing("S" + i, "10.0.0.1", "UNREACHABLE", now());
        }
        running("OTHER", "10.0.0.2", now());
        pass(20);
        assertThat(raised()).isEmpty();
        running("OTHER", "10.0.0.2", now());
        pass(11);
        running("OTHER", "10.0.0.2", now());
        assertThat(raised()).containsExactly("FAILING 10.0.0.1");
        var alarm = watch.told().alarms().getFirst();
        assertThat(alarm.sources()).isEqualTo(500);
        assertThat(alarm.message())
                .startsWith("500 of its 500 sources fail or are silent (S0, S1, S10, S100, S101, …): UNREACHABLE");
        assertThat(told).hasSize(1);
        assertThat(told.getFirst().path("event").asString()).isEqualTo("raised");
        assertThat(told.getFirst().propertyNames())
                .containsExactly("event", "at", "kind", "subject", "since", "raisedAt", "sources", "message");
        for (int i = 0; i < 500; i++) {
            running("S" + i, "10.0.0.1", now().plusSeconds(60));
        }
        running("OTHER", "10.0.0.2", now().plusSeconds(60));
        pass(11);
        assertThat(raised()).isEmpty();
        assertThat(told).hasSize(2);
        assertThat(told.get(1).path("event").asString()).isEqualTo("cleared");
    }

    @Test
    void aStationWhoseConnectionsDoNotLastFailsThoughItIsHeard() {
        for (int i = 0; i < 8; i++) { // ten seconds connected, a minute of backoff
            put("A", "h1", SourceState.RUNNING, true, EndReason.ENDED, now().plusSeconds(10));
            pass(11);
            failing("A", "h1", "ENDED", now());
            pass(40);
        }
        assertThat(raised()).containsExactly("FAILING A");
        assertThat(told).as("once, not each time").hasSize(1);
        var alarm = watch.told().alarms().getFirst();
        assertThat(Instant.parse(alarm.since()))
                .as("not since it was heard last")
                .isBefore(Instant.parse(alarm.raisedAt()));
        running("A", "h1", now().plusSeconds(3_600));
        pass(11);
        assertThat(raised()).isEmpty();
    }

    @Test
    void theReasonOfAHostIsThatOfMostOfItsSources() {
        put("A", "10.0.0.1", SourceState.BACKOFF, true, EndReason.CORRUPT, "no frame", now());
        put("B", "10.0.0.1", SourceState.BACKOFF, true, EndReason.UNREACHABLE, "refused: 10.0.0.1:1", now());
        put("C", "10.0.0.1", SourceState.BACKOFF, true, EndReason.UNREACHABLE, "refused: 10.0.0.1:2", now());
        pass(31);
        assertThat(watch.told().alarms().getFirst().message())
                .isEqualTo(
                        "3 of its 3 sources fail or are silent (A, B, C): 2 of them UNREACHABLE: refused: 10.0.0.1:1");
    }

    /** A host of so many sources, of which the first ones are not heard. */
    private void host(int sources, int dead) {
        for (int i = 0; i < sources; i++) {
            if (i < dead) {
                failing("S" + i, "10.0.0.1", "UNREACHABLE", now());
            } else {
                running("S" + i, "10.0.0.1", now().plusSeconds(3_600));
            }
        }
    }

    private List<Integer> toldSources() {
        return told.stream().map(message -> message.path("sources").asInt()).toList();
    }

    @Test
    void theDeathOfANeighbourhoodIsToldThoughOneOfItIsDeadAlready() {
        host(500, 1);
        pass(31);
        assertThat(toldSources()).containsExactly(1);
        host(500, 500);
        pass(29);
        assertThat(toldSources()).as("not yet").containsExactly(1);
        pass(300);
        assertThat(toldSources()).containsExactly(1, 500);
        assertThat(told).allMatch(message -> message.path("event").asString().equals("raised"));
        assertThat(told.get(1).path("raisedAt"))
                .as("the same alarm")
                .isEqualTo(told.get(0).path("raisedAt"));
        host(500, 0);
        pass(11);
        assertThat(told)
                .hasSize(3)
                .last()
                .matches(message -> message.path("event").asString().equals("cleared"));
    }

    @Test
    void whatGrowsSlowlyIsToldAtEachDoublingAndWhenItIsWhole() {
        for (int dead = 1; dead <= 500; dead++) {
            host(500, dead);
            pass(31);
        }
        assertThat(toldSources()).containsExactly(1, 6, 12, 24, 48, 96, 192, 384, 500);
        for (int i = 0; i < 20; i++) { // whole, and not, and again
            host(500, 499 + i % 2);
            pass(31);
        }
        assertThat(told).hasSize(9);
    }

    @Test
    void growthThatPassesIsNotTold() {
        host(500, 1);
        pass(31);
        for (int i = 0; i < 10; i++) {
            host(500, 400);
            pass(29);
            host(500, 1);
            pass(1);
        }
        assertThat(toldSources()).containsExactly(1);
    }

    @Test
    void sourcesThatWaitAreAnAlarmAfterTheirHoldAndNotBefore() {
        alarms.add(new Alarm(Alarm.Kind.CAPACITY, "machine", now(), "3 sources wait"));
        pass(1 + 29);
        assertThat(raised()).isEmpty();
        pass(1);
        assertThat(raised()).containsExactly("CAPACITY machine");
        alarms.clear();
        pass(9);
        assertThat(raised()).containsExactly("CAPACITY machine");
        pass(1);
        assertThat(raised()).isEmpty();
    }

    @Test
    void silenceThatLastsIsAnAlarmAndThatWhichPassesIsNone() {
        running("A", "h1", now());
        running("B", "h2", now());
        pass(20); // silent since 5 s
        running("B", "h2", now().plusSeconds(60));
        pass(20);
        assertThat(raised()).containsExactly("SILENT A");
        assertThat(watch.told().alarms().getFirst().message()).isEqualTo("connected, but no record comes");
        failing("A", "h1", "SILENT", now()); // the same trouble, worse: no second message
        pass(1);
        assertThat(raised()).containsExactly("FAILING A");
        assertThat(told).hasSize(1);
        put("A", "h1", SourceState.PAUSED, true, EndReason.SILENT, now());
        pass(11);
        assertThat(raised()).isEmpty();
    }

    @Test
    void whatComesAndGoesIsOneAlarm() {
        alarms.add(new Alarm(Alarm.Kind.WORKER_LOST, "w1", now(), "killed"));
        pass(1);
        assertThat(raised()).containsExactly("WORKER_LOST w1");
        for (int i = 0; i < 5; i++) {
            var alarm = alarms.removeFirst();
            pass(9);
            alarms.add(alarm);
            pass(1);
        }
        assertThat(told).hasSize(1);
        alarms.clear();
        pass(10);
        assertThat(told).hasSize(2);
    }

    @Test
    void aFullDiskAndAnInventoryAreAlarmsAtOnceASinkIsAfterTenSeconds() {
        disk = new Disk("/data", (1L << 30) - 1, 1000L << 30);
        alarms.add(new Alarm(Alarm.Kind.INVENTORY, "stations.yaml", now(), "line 3"));
        alarms.add(new Alarm(Alarm.Kind.SINK, "archive", now(), "disk full"));
        pass(1);
        assertThat(raised()).containsExactly("INVENTORY stations.yaml", "DISK /data");
        pass(10);
        assertThat(raised()).contains("SINK archive");
        disk = new Disk("/data", 30L << 20, 500L << 20); // small, but not full
        pass(10);
        assertThat(raised()).doesNotContain("DISK /data");
    }

    @Test
    void aReceiverThatFailsIsTriedAgainWithGrowingRestsThenGivenUp() {
        deaf = true;
        disk = new Disk("/data", 0, 100);
        pass(1);
        assertThat(watch.told().receivers().getFirst().lastError()).isEqualTo("nobody there");
        assertThat(watch.told().receivers().getFirst().waiting()).isEqualTo(1);
        deaf = false;
        pass(2);
        assertThat(told).hasSize(1);
        assertThat(watch.told().receivers().getFirst()).isEqualTo(new AlarmWatch.ReceiverState("test", 0, 1, 0, ""));
        deaf = true;
        disk = new Disk("/data", 100, 100);
        pass(10 + 1 + 2 + 4 + 8 + 16 + 32 + 60 + 60 + 60);
        assertThat(watch.told().receivers().getFirst().dropped()).isEqualTo(1);
        assertThat(watch.told().receivers().getFirst().waiting()).isZero();
    }

    @Test
    void theListAndTheQueuesAreBounded() {
        deaf = true;
        IntStream.range(0, AlarmBook.MOST + 7)
                .forEach(i -> alarms.add(new Alarm(Alarm.Kind.WORKER_LOST, "w" + i, now(), "killed")));
        pass(1);
        assertThat(watch.told().alarms()).hasSize(AlarmBook.MOST);
        assertThat(watch.told().more()).isEqualTo(7);
        var receiver = watch.told().receivers().getFirst();
        assertThat(receiver.waiting()).isEqualTo(Outbox.MOST);
        assertThat(receiver.dropped()).isEqualTo(AlarmBook.MOST - Outbox.MOST);
        assertThat(watch.told().alarms()).extracting(Raised::sources).containsOnly(0);
    }

    @Test
    void aWebhookGetsJson() throws Exception {
        BlockingQueue<String> got = new LinkedBlockingQueue<>();
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            got.add(exchange.getRequestMethod() + " "
                    + exchange.getRequestHeaders().getFirst("Content-Type") + " "
                    + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            exchange.sendResponseHeaders(exchange.getRequestURI().getPath().equals("/no") ? 500 : 204, -1);
            exchange.close();
        });
        server.start();
        try {
            var base = "http://127.0.0.1:" + server.getAddress().getPort();
            Receiver.of(new ReceiverConfig.Webhook(URI.create(base + "/secret")))
                    .tell("{}".getBytes(StandardCharsets.UTF_8));
            assertThat(got.take()).isEqualTo("POST application/json {}");
            var refusing = Receiver.of(new ReceiverConfig.Webhook(URI.create(base + "/no")));
            assertThatThrownBy(() -> refusing.tell(new byte[0]))
                    .isInstanceOf(IOException.class)
                    .hasMessage("webhook http://127.0.0.1 answered 500");
        } finally {
            server.stop(0);
        }
        var gone = Receiver.of(new ReceiverConfig.Webhook(
                URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/secret")));
        assertThatThrownBy(() -> gone.tell(new byte[0])).isInstanceOf(IOException.class);
    }

    /** Takes a request, and says no more than this. */
    @ParameterizedTest
    @ValueSource(strings = {"", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"})
    void aWebhookThatStallsIsGivenUp(String said) throws Exception {
        try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var gone = new CompletableFuture<Integer>();
            Thread.ofVirtual().start(() -> {
                try (var socket = server.accept()) {
                    socket.getOutputStream().write(said.getBytes(StandardCharsets.US_ASCII));
                    gone.complete(socket.getInputStream().readAllBytes().length); // until the other side closes
                } catch (IOException e) {
                    gone.completeExceptionally(e);
                }
            });
            var webhook =
                    new ReceiverConfig.Webhook(URI.create("http://127.0.0.1:" + server.getLocalPort() + "/secret"));
            assertThatThrownBy(
                            () -> Receiver.of(webhook, Duration.ofMillis(500)).tell(new byte[] {'{', '}'}))
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith("webhook http://127.0.0.1 had not answered whole after")
                    .hasMessageNotContaining("secret");
            assertThat(gone.get(30, TimeUnit.SECONDS)).as("what it was sent").isPositive();
        }
    }

    @Test
    void aCommandThatDoesNotEndIsKilledWithWhatItStarted(@TempDir Path directory) throws Exception {
        var pids = directory.resolve("pids");
        var script = "sleep 3600 & echo $$ $! > " + pids + ".new; mv " + pids + ".new " + pids + "; wait";
        var stuck = new ReceiverConfig.Command(List.of("/bin/sh", "-c", script));
        assertThatThrownBy(() -> Receiver.of(stuck, Duration.ofSeconds(1)).tell(new byte[0]))
                .hasMessage("command /bin/sh was killed: it did not end within 1 s");
        for (var pid : Files.readString(pids).strip().split(" ", -1)) {
            var left = ProcessHandle.of(Long.parseLong(pid));
            if (left.isPresent()) {
                left.get().onExit().get(30, TimeUnit.SECONDS);
            }
        }
    }

    @Test
    void aCommandGetsJsonOnItsInput(@TempDir Path directory) throws Exception {
        var file = directory.resolve("got");
        var json = "{\"event\":\"raised\"}".getBytes(StandardCharsets.UTF_8);
        Receiver.of(new ReceiverConfig.Command(List.of("/bin/sh", "-c", "cat > '" + file + "'")))
                .tell(json);
        assertThat(Files.readAllBytes(file)).isEqualTo(json);
        assertThatThrownBy(() -> Receiver.of(new ReceiverConfig.Command(List.of("/bin/false")))
                        .tell(json))
                .hasMessage("command /bin/false ended with 1");
        assertThatThrownBy(() -> Receiver.of(new ReceiverConfig.Command(List.of("/no/such")))
                        .tell(json))
                .isInstanceOf(IOException.class);
    }
}
