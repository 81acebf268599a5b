package org.stationmaster.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.stationmaster.server.Endpoint.SOURCE;
import static org.stationmaster.server.Endpoint.SOURCES;
import static org.stationmaster.server.Endpoint.assertProblem;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.MachineView.SlotEvent;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.StationRecord;
import org.stationmaster.core.api.TappedRecord;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.server.inventory.Bind;
import org.stationmaster.server.inventory.ControlConfig;

/** Records and events as they come. */
@Tag("system")
@Timeout(60)
@ExtendWith(Endpoint.Shared.class)
class StreamsTest {
    private static final SourceId A1 = new SourceId("A1");

    private final Endpoint endpoint;

    StreamsTest(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    @BeforeEach
    @AfterEach
    void noStreamIsOpen() {
        await().until(() -> {
            endpoint.machine.happens(move(0)); // a reader is found gone when it is written to
            return endpoint.streams.open() == 0;
        });
    }

    private static TappedRecord copy(long seq, String payload) {
        return new TappedRecord(
                A1, 7, seq, StationRecord.UNKNOWN, 1_000_000_000L, 5, payload.getBytes(StandardCharsets.UTF_8));
    }

    private static SlotEvent move(long epoch) {
        return new SlotEvent(
                Instant.parse("2026-11-24T09:00:00Z"),
                new SlotId(new WorkerId(0), 3),
                A1,
                epoch,
                SlotState.RUNNING,
                SlotState.BACKOFF,
                EndReason.RESET,
                "gone\nfor good");
    }

    @Test
    void recordsAreToldAsTheyCome() throws Exception {
        endpoint.put("A1", SOURCE);
        try (var reader = new SseClient(endpoint.port, SOURCES + "/A1/records")) {
            assertThat(reader.status()).isEqualTo(200);
            assertThat(reader.header("content-type")).startsWith("text/event-stream");
            assertThat(reader.header("cache-control")).isEqualTo("no-store");
            await().until(() -> !endpoint.machine.listeners(A1).isEmpty());
            var tap = endpoint.machine.listeners(A1).getFirst();
            tap.record(copy(0, "1.25\r\n"));
            tap.dropped(4);
            tap.record(copy(1, "2"));
            var first = reader.next();
            assertThat(first.name()).isEqualTo("record");
            assertThat(first.data().toString())
                    .isEqualTo("{\"source\":\"A1\",\"epoch\":7,\"seq\":0,\"receivedAt\":\"1970-01-01T00:00:01Z\","
                            + "\"eventAt\":null,\"position\":5,\"payload\":\"MS4yNQ0K\"}");
            var others = List.of(reader.next().name(), reader.next().name());
            assertThat(others).containsExactlyInAnyOrder("record", "dropped");
        }
        await().until(() -> {
            for (var tap : endpoint.machine.listeners(A1)) {
                tap.record(copy(2, "the reader is found gone when it is written to"));
            }
            return endpoint.machine.listeners(A1).isEmpty();
        });
    }

    @Test
    void slotsAndWorkersAreToldAsTheyChange() throws Exception {
        endpoint.machine.happens(move(1));
        try (var reader = new SseClient(endpoint.port, "/api/v1/events")) {
            assertThat(reader.next().name()).isEqualTo("overdue"); // first of all, whether any is or not
            endpoint.machine.happens(move(2));
            var event = reader.next();
            assertThat(event.name()).isEqualTo("slot");
            assertThat(event.data().toString())
                    .isEqualTo("{\"at\":\"2026-11-24T09:00:00Z\",\"worker\":\"w0\",\"slot\":3,\"source\":\"A1\","
                            + "\"epoch\":2,\"from\":\"RUNNING\",\"to\":\"BACKOFF\",\"reason\":\"RESET\","
                            + "\"detail\":\"gone\\nfor good\"}");
            endpoint.machine.pid = 43;
            var worker = reader.next("worker");
            assertThat(worker.data().toString())
                    .isEqualTo("{\"id\":\"w0\",\"kind\":\"thread\",\"pid\":43,\"state\":\"READY\"}");
        }
    }

    @Test
    void whoComesBackGoesOnBehindTheLastEventHeSaw() throws Exception {
        String seen;
        try (var reader = new SseClient(endpoint.port, "/api/v1/events")) {
            assertThat(reader.next().name()).isEqualTo("overdue");
            assertThat(reader.lastId()).isNotEmpty(); // also when nothing has happened yet
            endpoint.machine.happens(move(1));
            assertThat(reader.next("slot").data().path("epoch").asLong()).isEqualTo(1);
            seen = reader.lastId();
        }
        endpoint.machine.happens(move(2)); // nobody looks
        endpoint.put("A1", SOURCE);
        try (var reader = new SseClient(endpoint.port, "/api/v1/events?records=A1", seen)) {
            assertThat(reader.next("slot").data().path("epoch").asLong()).isEqualTo(2);
            assertThat(Long.parseLong(reader.lastId())).isEqualTo(Long.parseLong(seen) + 1);
        }
        try (var reader = new SseClient(endpoint.port, "/api/v1/events", "999999999")) { // of an earlier life
            assertThat(reader.next("slot").name()).isEqualTo("slot");
        }
    }

    @Test
    void oneStreamHoldsEventsAndRecords() throws Exception {
        endpoint.put("A1", SOURCE);
        try (var reader = new SseClient(endpoint.port, "/api/v1/events?records=A1")) {
            await().until(() -> !endpoint.machine.listeners(A1).isEmpty());
            var tap = endpoint.machine.listeners(A1).getFirst();
            tap.record(copy(0, "1.25\r\n"));
            assertThat(reader.next("record").data().path("payload").asString()).isEqualTo("MS4yNQ0K");
            tap.dropped(4);
            assertThat(reader.next("dropped").data().toString()).contains("\"count\":4", "\"source\":\"A1\"");
            endpoint.machine.happens(move(3));
            assertThat(reader.next("slot").data().path("epoch").asLong()).isEqualTo(3);
        }
    }

    @Test
    void aSourceThatIsOverdueIsToldAndSoIsThatItWasHeard() throws Exception {
        endpoint.put("A1", SOURCE); // its last record is of 2026-11-24
        try (var reader = new SseClient(endpoint.port, "/api/v1/events")) {
            assertThat(told(reader, "overdue")).contains("A1");
            endpoint.machine.pause(A1); // and no longer runs
            assertThat(told(reader, "heard")).contains("A1");
        }
    }

    /** Of the next event that tells some. */
    private static String told(SseClient reader, String which) {
        var ids = reader.next("overdue").data().path(which);
        while (ids.isEmpty()) {
            ids = reader.next("overdue").data().path(which);
        }
        return ids.toString();
    }

    @Test
    void whoFallsBehindIsToldHowManyItMissed() throws Exception {
        try (var reader = new SseClient(endpoint.port, "/api/v1/events")) {
            assertThat(reader.nextLine()).isEqualTo(":");
            for (int i = 0; i < 20_000; i++) {
                endpoint.machine.happens(move(i));
            }
            long told = 0;
            long dropped = 0;
            while (told + dropped < 20_000) {
                var event = reader.next();
                switch (event.name()) {
                    case "dropped" -> dropped += event.data().path("count").asLong();
                    case "slot" -> told++;
                    default -> assertThat(event.name()).isEqualTo("overdue");
                }
            }
            assertThat(told + dropped).isEqualTo(20_000);
            assertThat(told).isGreaterThanOrEqualTo(4_096);
        }
    }

    @Test
    void aQueueThatIsFullDropsAndTells() throws Exception {
        var queue = new RecordQueue();
        for (int i = 0; i < RecordQueue.MAX_RECORDS + 10; i++) {
            queue.record(copy(i, "x"));
        }
        assertThat(spoken(queue)).hasSize(RecordQueue.MAX_RECORDS + 1).last().isEqualTo("dropped {\"count\":10}");
        var large = "x".repeat(TappedRecord.MAX_PAYLOAD_BYTES);
        queue.record(copy(0, large));
        queue.record(copy(1, "y"));
        assertThat(spoken(queue)).hasSize(2).last().isEqualTo("dropped {\"count\":1}");
        queue.record(copy(2, "z"));
        assertThat(spoken(queue)).hasSize(1);
    }

    /** What the queue says now; the stream is ended when that is written. */
    private static List<String> spoken(RecordQueue queue) throws IOException, InterruptedException {
        var streams = new Streams(Streams.COMMENT_MILLIS);
        var written = new ByteArrayOutputStream() {
            @Override
            public void flush() {
                streams.end();
            }
        };
        queue.speak(new Sse(written), streams);
        var events = new ArrayList<String>();
        written.toString(StandardCharsets.UTF_8).lines().forEach(line -> {
            if (line.startsWith("event: ")) {
                events.add(line.substring(7));
            } else if (line.startsWith("data: ")) {
                events.add(events.removeLast() + " " + line.substring(6));
            }
        });
        return events;
    }

    @Test
    void aSilentStreamIsKeptAliveAndEndsWithTheEndpoint() throws Exception {
        endpoint.put("A1", SOURCE);
        var parts = endpoint.parts(ControlConfig.on(new Bind("127.0.0.1", 0)), RollingRestart.IMPOSSIBLE);
        var own = new ControlServer(parts, new Streams(1));
        int port = own.start();
        try (own;
                var events = new SseClient(port, "/api/v1/events");
                var records = new SseClient(port, SOURCES + "/A1/records")) {
            assertThat(events.nextLine()).isEqualTo(":");
            assertThat(events.next().name()).isEqualTo("overdue");
            for (int i = 0; i < 3; i++) {
                assertThat(events.nextLine()).isEqualTo(":");
                assertThat(records.nextLine()).isEqualTo(":");
            }
            var stopping = Thread.ofVirtual().start(own::stop); // readers that read do not hold it up
            assertThat(endOf(events)).isEqualTo("END");
            assertThat(endOf(records)).isEqualTo("END");
            stopping.join();
        }
    }

    private static String endOf(SseClient reader) {
        var line = reader.nextLine();
        while (line.equals(":")) {
            line = reader.nextLine();
        }
        return line;
    }

    @Test
    void aThousandIdleReadersAreRefusedAndTheEndpointAnswers() throws Exception {
        var open = new ArrayList<Socket>();
        int streams = 0;
        int refused = 0;
        try {
            for (int i = 0; i < 1_000; i++) {
                var socket = new Socket(InetAddress.getLoopbackAddress(), endpoint.port);
                socket.setSoTimeout(20_000);
                socket.getOutputStream()
                        .write(("GET /api/v1/events HTTP/1.1\r\nHost: localhost:" + endpoint.port + "\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
                var head = new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
                if (head.endsWith("200")) {
                    open.add(socket);
                    streams++;
                } else {
                    assertThat(head).isEqualTo("HTTP/1.1 503");
                    socket.close();
                    refused++;
                }
            }
            int share = Streams.SHARE.loopback();
            assertThat(streams).isEqualTo(share);
            assertThat(refused).isEqualTo(1_000 - share);
            assertThat(endpoint.put("A1", SOURCE).status()).isEqualTo(201);
            assertProblem(endpoint.get("/api/v1/events"), 503, share + " streams of your address are open");
            for (int i = share; i < Streams.MAX_OPEN; i++) {
                assertThat(eventsOf(3, open)).as("another address has room").endsWith("200");
            }
            assertThat(eventsOf(3, open)).endsWith("503");
            assertThat(eventsOf(4, open)).endsWith("503");
        } finally {
            for (var socket : open) {
                socket.close();
            }
        }
    }

    /** Opens a stream from 127.0.0.host. */
    private String eventsOf(int host, List<Socket> open) throws IOException {
        var socket = new Socket(
                InetAddress.getLoopbackAddress(),
                endpoint.port,
                InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) host}),
                0);
        open.add(socket);
        socket.setSoTimeout(20_000);
        socket.getOutputStream()
                .write(("GET /api/v1/events HTTP/1.1\r\nHost: localhost:" + endpoint.port + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        return new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
    }

    @Test
    void remoteAddressesHaveLessThanThisHost() {
        for (var address : List.of("127.0.0.1", "[::1]", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1")) {
            assertThat(Streams.SHARE.of(address)).as(address).isEqualTo(48);
        }
        for (var address : List.of("192.0.2.1", "[2001:db8::1]", "unknown", "")) {
            assertThat(Streams.SHARE.of(address)).as(address).isEqualTo(16);
        }
    }

    @Test
    void whatIsNotThereHasNoStream() throws IOException {
        assertProblem(endpoint.get(SOURCES + "/NOBODY/records"), 404, "not known");
        assertProblem(endpoint.get("/api/v1/events?since=1"), 400, "unknown parameter 'since': known are records");
        assertProblem(endpoint.get("/api/v1/events?records=NOBODY"), 404, "source 'NOBODY' is not known");
        assertProblem(endpoint.get("/api/v1/events?records=no%20id"), 404, "source 'no id' is not known");
        assertProblem(
                endpoint.http.call("GET", "/api/v1/events", "", "Last-Event-ID: x"),
                400,
                "Last-Event-ID 'x' must be a number that was told");
        endpoint.put("A1", SOURCE);
        assertProblem(endpoint.get(SOURCES + "/A1/records?x"), 400, "unknown parameter 'x'");
    }
}
