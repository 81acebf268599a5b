package org.stationmaster.testkit;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.Source;

/** The network's thread: accepts, reads what has arrived, then writes what is due; and winds up in order. */
final class NetworkLoop implements Simulation {
    private static final Logger LOG = LoggerFactory.getLogger(NetworkLoop.class);

    /** Longest wait, so that a clock advanced by hand is noticed. */
    private static final int MAX_IDLE_MILLIS = 10;

    private static final long WIND_UP_NANOS = 2_000_000_000L;
    private static final long REDIAL_NANOS = 1_000_000_000L;
    private static final long ACCEPT_PAUSE_NANOS = 100_000_000L;

    private final Network network;
    private final Selector selector;
    private final List<Door> doors = new ArrayList<>();
    private volatile boolean stopping;
    private volatile @Nullable NetworkReport report;
    private volatile @Nullable Throwable failure;

    /** Takes over the listening channels, in order of their ports. */
    NetworkLoop(Network network, Selector selector, List<ServerSocketChannel> listeners) throws IOException {
        this.network = network;
        this.selector = selector;
        for (int i = 0; i < listeners.size(); i++) {
            doors.add(new Door(listeners.get(i), i));
        }
        if (network.plan.dial()) {
            network.stations.forEach(station -> new Phone(station).look(network.nowNanos()));
        }
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
    public LiveCounts counts() {
        return network.counts;
    }

    @Override
    public List<Source> sources(int port) {
        return network.stations.stream().map(station -> source(station, port)).toList();
    }

    private Source source(Station station, int port) {
        var plan = network.plan;
        var source = (plan.dial()
                        ? Source.dialIn(station.id, plan.protocol())
                        : Source.builder(station.id, plan.protocol(), plan.host(), port + station.portIndex))
                .rate(plan.ratePerSecond())
                .group(StationNetwork.GROUP);
        network.wire.options(plan, station.id).forEach(source::option);
        return source.build();
    }

    @Override
    public void run() {
        try {
            while (!stopping) {
                network.turn++;
                selector.select(this::ready, Math.max(1, idleMillis()));
                network.wheel.fire(network.nowNanos());
            }
            windUp();
            report = countUp();
        } catch (IOException | RuntimeException | Error e) {
            failure = e;
            LOG.error("the simulated network has failed", e);
        } finally {
            closeAll();
        }
    }

    private long idleMillis() {
        return network.wheel.idleMillis(network.nowNanos(), MAX_IDLE_MILLIS);
    }

    private void ready(SelectionKey key) {
        if (!key.isValid()) {
            return; // closed in this very turn, by the source's second connection
        }
        switch (key.attachment()) {
            case Door door -> door.accept();
            case Phone phone -> phone.connected();
            case StationConnection connection -> {
                if (key.isWritable()) {
                    connection.writable();
                }
                if (key.isValid() && key.isReadable()) {
                    connection.readable();
                }
            }
            default -> throw new IllegalStateException("a key of nobody");
        }
    }

    private void windUp() throws IOException {
        for (var door : doors) {
            door.channel.close();
        }
        for (var key : selector.keys()) {
            if (key.isValid() && key.attachment() instanceof StationConnection connection) {
                connection.beginWindUp();
            } else if (key.attachment() instanceof Phone) {
                key.channel().close();
            }
        }
        // the host's own clock: these are waits for sockets, which no other clock moves
        long end = Clock.SYSTEM.nanoTime() + WIND_UP_NANOS;
        selector.selectNow();
        while (!selector.keys().isEmpty() && end - Clock.SYSTEM.nanoTime() > 0) {
            selector.select(key -> ((StationConnection) key.attachment()).windUp(), MAX_IDLE_MILLIS);
        }
    }

    private NetworkReport countUp() {
        var counts = network.counts;
        return new NetworkReport(
                network.plan.protocol(),
                counts.unknownIds.get(),
                counts.oversize.get(),
                counts.withoutHello.get(),
                counts.acceptFailures.get(),
                network.stations.stream().map(Station::report).toList());
    }

    private void closeAll() {
        try {
            for (var key : selector.keys()) {
                key.channel().close();
            }
            network.closeVanished();
            selector.close();
        } catch (IOException e) {
            LOG.warn("the simulated network could not close all of its sockets", e);
        }
    }

    /** How a station calls in: each second, while it has no connection. */
    private final class Phone {
        private final Station station;
        private final Due looking = new Due(this::look);
        /** The connection that is being made, or was made last. */
        private @Nullable SocketChannel made;

        Phone(Station station) {
            this.station = station;
        }

        void look(long now) {
            network.wheel.add(looking, now + REDIAL_NANOS);
            if (station.isConnected() || isBusy()) {
                return;
            }
            try {
                var channel = SocketChannel.open();
                made = channel;
                channel.configureBlocking(false);
                var key = channel.register(selector, SelectionKey.OP_CONNECT, this);
                if (channel.connect(new InetSocketAddress(network.plan.host(), network.plan.port()))) {
                    speak(channel, key);
                }
            } catch (IOException e) {
                failed();
            }
        }

        /** Whether it is calling; one that has vanished is as good as closed. */
        private boolean isBusy() {
            var last = made;
            var key = last == null ? null : last.keyFor(selector);
            return key != null && key.isValid();
        }

        void connected() {
            var channel = Objects.requireNonNull(made);
            try {
                channel.finishConnect();
                speak(channel, Objects.requireNonNull(channel.keyFor(selector)));
            } catch (IOException e) {
                failed();
            }
        }

        private void speak(SocketChannel channel, SelectionKey key) throws IOException {
            var connection = new StationConnection(network, channel, key, station.portIndex);
            key.attach(connection);
            connection.call(station);
        }

        private void failed() {
            try {
                Objects.requireNonNull(made).close();
            } catch (IOException e) {
                // nobody is there to be told
            }
        }
    }

    /** One listening port. */
    private final class Door {
        private final ServerSocketChannel channel;
        private final SelectionKey key;
        private final int portIndex;
        private final Due reopening = new Due(now -> open());
        private boolean told;

        Door(ServerSocketChannel channel, int portIndex) throws IOException {
            this.channel = channel;
            this.portIndex = portIndex;
            channel.configureBlocking(false);
            key = channel.register(selector, SelectionKey.OP_ACCEPT, this);
        }

        private void open() {
            key.interestOps(SelectionKey.OP_ACCEPT);
        }

        /** Takes all that wait. Out of descriptors, the port rests a little: its key would stay ready for ever. */
        void accept() {
            try {
                for (var made = channel.accept(); made != null; made = channel.accept()) {
                    welcome(made);
                }
            } catch (IOException e) {
                LiveCounts.add(network.counts.acceptFailures, 1);
                if (!told) {
                    told = true;
                    LOG.warn("a connection could not be accepted (told once, counted on): {}", e.toString());
                }
                key.interestOps(0);
                network.wheel.add(reopening, network.nowNanos() + ACCEPT_PAUSE_NANOS);
            }
        }

        private void welcome(SocketChannel made) throws IOException {
            try {
                made.configureBlocking(false);
                var madeKey = made.register(selector, 0);
                var connection = new StationConnection(network, made, madeKey, portIndex);
                madeKey.attach(connection);
                connection.open(network.plan.hello() ? null : network.stations.get(portIndex));
            } catch (IOException e) {
                // this connection only: it was gone before it was served
                LiveCounts.add(network.counts.acceptFailures, 1);
                made.close();
            }
        }
    }
}
