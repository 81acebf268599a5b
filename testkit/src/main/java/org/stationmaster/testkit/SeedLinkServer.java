package org.stationmaster.testkit;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.Source;

/**
 * The thread of a simulated SeedLink server (versions 3 and 4): every port serves its share of the stations, each
 * connection those it asks for. The ring remembers, so a client that comes again goes on where it was.
 */
final class SeedLinkServer implements Simulation {
    static final String PROTOCOL = "seedlink";

    private static final Logger LOG = LoggerFactory.getLogger(SeedLinkServer.class);
    private static final int RING_RECORDS = 1 << 18;
    private static final int MAX_IDLE_MILLIS = 10;
    private static final long WIND_UP_NANOS = 2_000_000_000L;
    private static final int MAX_VANISHED = 1000;

    final NetworkPlan plan;
    final DueWheel wheel = new DueWheel();
    final LiveCounts counts = new LiveCounts();
    final SeedLinkRing ring = new SeedLinkRing(RING_RECORDS);
    final MiniSeedRecords records = new MiniSeedRecords();
    final List<SeedLinkStation> stations;
    private final @Nullable MiniSeedFile file;
    private final Set<SeedLinkConversation> conversations = new HashSet<>();
    private final ArrayDeque<SocketChannel> vanished = new ArrayDeque<>();
    private final Selector selector;
    private final List<ServerSocketChannel> listeners;
    private final long originNanos;
    private final long originEpochNanos;
    private volatile Consumer<String> listener = line -> {};
    private volatile boolean stopping;
    private volatile @Nullable NetworkReport report;
    private volatile @Nullable Throwable failure;

    /** Takes over the listening channels, in order of their ports. */
    SeedLinkServer(NetworkPlan plan, Selector selector, List<ServerSocketChannel> listeners) throws IOException {
        this.plan = plan;
        this.selector = selector;
        this.listeners = List.copyOf(listeners);
        this.originNanos = plan.clock().nanoTime();
        this.originEpochNanos = plan.clock().epochNanos();
        var replay = plan.replay();
        this.file = replay == null ? null : MiniSeedFile.read(replay);
        this.stations = file == null ? synthetic() : recorded(file);
        for (int i = 0; i < listeners.size(); i++) {
            listeners.get(i).configureBlocking(false);
            listeners.get(i).register(selector, SelectionKey.OP_ACCEPT, i);
        }
    }

    private List<SeedLinkStation> synthetic() {
        var made = new ArrayList<SeedLinkStation>();
        for (int i = 0; i < plan.sources(); i++) {
            made.add(new SeedLinkStation(this, i, null, null));
        }
        return List.copyOf(made);
    }

    private List<SeedLinkStation> recorded(MiniSeedFile of) {
        Map<String, List<MiniSeedFile.Entry>> byStation = new LinkedHashMap<>();
        for (var entry : of.records) {
            byStation
                    .computeIfAbsent(entry.stationId(), id -> new ArrayList<>())
                    .add(entry);
        }
        var made = new ArrayList<SeedLinkStation>();
        byStation.forEach((codes, entries) -> made.add(new SeedLinkStation(this, made.size(), codes, entries)));
        return List.copyOf(made);
    }

    MiniSeedFile file() {
        return java.util.Objects.requireNonNull(file);
    }

    int longestRecordBytes() {
        return file == null
                ? MiniSeedRecords.RECORD_BYTES
                : file.records.stream()
                        .mapToInt(MiniSeedFile.Entry::length)
                        .max()
                        .orElse(0);
    }

    /** Nanoseconds of the server's life. */
    long nowNanos() {
        return plan.clock().nanoTime() - originNanos;
    }

    /** A time of the server's life by the wall clock. */
    long epochNanos(long nanos) {
        return originEpochNanos + nanos;
    }

    void heard(String line) {
        listener.accept(line);
    }

    /** Hears each command, on the server's thread. */
    void listen(Consumer<String> commands) {
        listener = commands;
    }

    void left(SeedLinkConversation which) {
        conversations.remove(which);
    }

    void vanish(SocketChannel channel) throws IOException {
        if (vanished.size() == MAX_VANISHED) {
            vanished.removeFirst().close();
        }
        vanished.addLast(channel);
    }

    // ---- what others see

    @Override
    public LiveCounts counts() {
        return counts;
    }

    @Override
    public void stop() {
        stopping = true;
        selector.wakeup();
    }

    @Override
    public @Nullable NetworkReport report() {
        return report;
    }

    @Override
    public @Nullable Throwable failure() {
        return failure;
    }

    @Override
    public List<Source> sources(int port) {
        return stations.stream()
                .map(station -> Source.builder(station.id, PROTOCOL, plan.host(), port + station.portIndex)
                        .rate(plan.ratePerSecond())
                        .group(StationNetwork.GROUP)
                        .option("network", station.network)
                        .option("station", station.station)
                        .build())
                .toList();
    }

    // ---- the thread

    @Override
    public void run() {
        try {
            while (!stopping) {
                selector.select(this::ready, Math.max(1, wheel.idleMillis(nowNanos(), MAX_IDLE_MILLIS)));
                wheel.fire(nowNanos());
                List.copyOf(conversations).forEach(SeedLinkConversation::pump);
            }
            windUp();
            report = new NetworkReport(
                    PROTOCOL,
                    counts.unknownIds.get(),
                    counts.oversize.get(),
                    counts.withoutHello.get(),
                    counts.acceptFailures.get(),
                    stations.stream().map(SeedLinkStation::report).toList());
        } catch (IOException | RuntimeException | Error e) {
            failure = e;
            LOG.error("the simulated network has failed", e);
        } finally {
            closeAll();
        }
    }

    private void ready(SelectionKey key) {
        if (!key.isValid()) {
            return;
        }
        switch (key.attachment()) {
            case Integer port -> accept(listeners.get(port), port);
            case SeedLinkConversation conversation -> {
                if (key.isWritable()) {
                    conversation.writable();
                }
                if (key.isValid() && key.isReadable()) {
                    conversation.readable();
                }
            }
            default -> throw new IllegalStateException("a key of nobody");
        }
    }

    private void accept(ServerSocketChannel from, int portIndex) {
        try {
            for (var made = from.accept(); made != null; made = from.accept()) {
                made.configureBlocking(false);
                var key = made.register(selector, 0);
                var conversation = new SeedLinkConversation(this, made, key, portIndex);
                key.attach(conversation);
                conversations.add(conversation);
            }
        } catch (IOException e) {
            LiveCounts.add(counts.acceptFailures, 1);
            LOG.warn("a connection could not be accepted: {}", e.toString());
        }
    }

    private void windUp() throws IOException {
        for (var from : listeners) {
            from.close();
        }
        // the host's own clock: these are waits for sockets, which no other clock moves
        long end = Clock.SYSTEM.nanoTime() + WIND_UP_NANOS;
        var winding = new HashSet<>(conversations);
        while (!winding.isEmpty() && end - Clock.SYSTEM.nanoTime() > 0) {
            winding.removeIf(conversation -> conversation.windUp() && conversation.isEnded());
            if (!winding.isEmpty()) {
                selector.select(key -> {}, MAX_IDLE_MILLIS);
            }
        }
        List.copyOf(conversations).forEach(SeedLinkConversation::giveUp);
    }

    private void closeAll() {
        try {
            for (var key : selector.keys()) {
                key.channel().close();
            }
            for (var channel : vanished) {
                channel.close();
            }
            selector.close();
        } catch (IOException e) {
            LOG.warn("the simulated network could not close all of its sockets", e);
        }
    }

    // ---- INFO

    private List<SeedLinkStation> at(int portIndex) {
        return stations.stream()
                .filter(station -> station.portIndex == portIndex)
                .toList();
    }

    String infoXml(String what, int portIndex) {
        var xml = new StringBuilder(
                        "<?xml version=\"1.0\"?><seedlink software=\"SeedLink v3.1 (Stationmaster simulator)\"")
                .append(" organization=\"Simulated network\" started=\"2026/01/01 00:00:00.0000\">");
        switch (what) {
            case "CAPABILITIES" -> {
                for (var name : List.of(
                        "dialup", "multistation", "window-extraction", "info:id", "info:stations", "info:streams")) {
                    xml.append("<capability name=\"").append(name).append("\"/>");
                }
            }
            case "STATIONS", "STREAMS" -> {
                for (var station : at(portIndex)) {
                    xml.append(String.format(
                            Locale.ROOT,
                            "<station name=\"%s\" network=\"%s\" description=\"%s\" begin_seq=\"%06X\" end_seq=\"%06X\""
                                    + " stream_check=\"enabled\">",
                            station.station,
                            station.network,
                            station.id,
                            SeedLinkRing.sequence(3, ring.oldest()),
                            SeedLinkRing.sequence(3, ring.head())));
                    for (var stream : what.equals("STREAMS") ? station.streams() : List.<String>of()) {
                        var parts = stream.split("_", 2);
                        xml.append(String.format(
                                Locale.ROOT,
                                "<stream location=\"%s\" seedname=\"%s\" type=\"D\" begin_time=\"%s\" end_time=\"%s\"/>",
                                parts[0],
                                parts[1].replace("_", ""),
                                "2026/01/01 00:00:00.0000",
                                "2026/01/01 00:00:00.0000"));
                    }
                    xml.append("</station>");
                }
            }
            default -> {}
        }
        return xml.append("</seedlink>").toString();
    }

    String infoJson(String what, int portIndex) {
        var json = new StringBuilder("{\"software\":\"SeedLink v4.0 (Stationmaster simulator)\",")
                .append("\"organization\":\"Simulated network\"");
        var now = Instant.ofEpochSecond(0, epochNanos(nowNanos()));
        if (what.equals("STATIONS") || what.equals("STREAMS")) {
            var told = new ArrayList<String>();
            for (var station : at(portIndex)) {
                var streams = station.streams().stream()
                        .map(stream ->
                                "{\"id\":\"" + stream + "\",\"format\":\"2\",\"subformat\":\"D\",\"start_time\":\""
                                        + now + "\",\"end_time\":\"" + now + "\"}")
                        .toList();
                told.add("{\"id\":\"" + station.codes() + "\",\"description\":\"" + station.id + "\",\"start_seq\":"
                        + SeedLinkRing.sequence(4, ring.oldest()) + ",\"end_seq\":"
                        + SeedLinkRing.sequence(4, ring.head())
                        + (what.equals("STREAMS") ? ",\"stream\":[" + String.join(",", streams) + "]" : "") + "}");
            }
            json.append(",\"station\":[").append(String.join(",", told)).append(']');
        }
        return json.append('}').toString();
    }
}
