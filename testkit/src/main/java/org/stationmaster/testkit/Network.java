package org.stationmaster.testkit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What stations and connections of one network share. For the network's thread, {@link #counts} apart. */
final class Network {
    /** Half-open sockets kept; each costs a file descriptor. */
    private static final int MAX_VANISHED = 1000;

    private static final int READ_AHEAD_BYTES = 16 * 1024;

    final NetworkPlan plan;
    final Wire wire;
    final SyntheticRecords synthetic;
    final @Nullable Recording recording;
    final DueWheel wheel = new DueWheel();
    final LiveCounts counts = new LiveCounts();
    final List<Station> stations;

    /** Shared by all reads; what a connection has not used it keeps itself. */
    final ByteBuffer inbound = ByteBuffer.allocateDirect(Wire.LIMIT_BYTES + Integer.BYTES + READ_AHEAD_BYTES);

    /** Counts the turns of the loop: in each, first all that has arrived is read, then all that is due is written. */
    long turn;

    private final long originNanos;
    private final Map<String, Station> byId = new HashMap<>();
    private final ArrayDeque<SocketChannel> vanished = new ArrayDeque<>();

    /** @throws IOException the recording cannot be used */
    Network(NetworkPlan plan) throws IOException {
        this.plan = plan;
        this.wire = Wire.of(plan.protocol());
        this.synthetic = new SyntheticRecords(wire, plan.sizeBytes(), plan.seed());
        this.recording = plan.replay() == null ? null : Recording.read(plan.replay(), wire);
        this.originNanos = plan.clock().nanoTime();
        var made = new ArrayList<Station>(plan.sources());
        for (int i = 0; i < plan.sources(); i++) {
            var station = new Station(this, i);
            made.add(station);
            byId.put(station.id, station);
        }
        this.stations = List.copyOf(made);
    }

    /** Nanoseconds of the network's life. */
    long nowNanos() {
        return plan.clock().nanoTime() - originNanos;
    }

    /** The station that a hello asks for; null: the port, counted from the first, serves no such station. */
    @Nullable
    Station asked(String hello, int portIndex) {
        var station = byId.get(wire.asked(hello));
        return station != null && station.portIndex == portIndex ? station : null;
    }

    /** The ids of a port's stations. */
    List<String> ids(int portIndex) {
        return stations.stream()
                .filter(station -> station.portIndex == portIndex)
                .map(station -> station.id)
                .toList();
    }

    /** Keeps the socket of a peer that has vanished; the oldest is closed when there are too many. */
    void vanish(SocketChannel channel) throws IOException {
        if (vanished.size() == MAX_VANISHED) {
            vanished.removeFirst().close();
        }
        vanished.addLast(channel);
    }

    void closeVanished() throws IOException {
        for (var channel : vanished) {
            channel.close();
        }
        vanished.clear();
    }
}
