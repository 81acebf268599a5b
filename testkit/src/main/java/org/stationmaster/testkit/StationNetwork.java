package org.stationmaster.testkit;

import java.io.IOException;
import java.math.BigDecimal;
import java.net.InetSocketAddress;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.stationmaster.core.api.Source;

/**
 * A network of simulated stations: TCP servers on this host that send stamped records or a recording at a rate, take
 * commands, have faults, and count exactly what they have sent. Station i is {@code SIM0000i} and listens on port
 * {@link #port()} + i mod {@code ports}.
 *
 * <p>One thread of its own; every method may be called from any thread.
 *
 * <pre>{@code
 * try (var network = StationNetwork.start(NetworkPlan.builder("tcp-frames").sources(100).rate(10).build())) {
 *     machine.assignator().activateAll(network.sources());
 *     …
 *     NetworkReport report = network.stop();
 * }
 * }</pre>
 */
public final class StationNetwork implements AutoCloseable {
    /** The group of every simulated station. */
    public static final String GROUP = "simulated";

    private static final int BACKLOG = 4096;
    private static final int FREE_PORT_TRIES = 200;

    private final NetworkPlan plan;
    private final int port;
    private final Simulation simulation;
    private final Thread thread;

    private StationNetwork(NetworkPlan plan, Simulation simulation, int port) {
        this.plan = plan;
        this.port = port;
        this.simulation = simulation;
        this.thread = Thread.ofPlatform().daemon().name("station-network").unstarted(simulation);
    }

    /**
     * Listens on all ports, then serves.
     *
     * @throws IOException a port is taken (the message names it), or the recording cannot be used; nothing is left open
     */
    public static StationNetwork start(NetworkPlan plan) throws IOException {
        var network = plan.protocol().equals(SeedLinkServer.PROTOCOL) ? null : new Network(plan);
        var listeners = plan.dial() ? List.<ServerSocketChannel>of() : listen(plan);
        try {
            int port = plan.dial()
                    ? plan.port()
                    : ((InetSocketAddress) listeners.getFirst().getLocalAddress()).getPort();
            var simulation = network == null
                    ? new SeedLinkServer(plan, Selector.open(), listeners)
                    : new NetworkLoop(network, Selector.open(), listeners);
            var made = new StationNetwork(plan, simulation, port);
            made.thread.start();
            return made;
        } catch (IOException e) {
            closeAll(listeners);
            throw e;
        }
    }

    private static List<ServerSocketChannel> listen(NetworkPlan plan) throws IOException {
        for (int attempt = 1; plan.port() == 0; attempt++) {
            // any free port, and those behind it: another try when one of them is not free
            try {
                return listen(plan, 0);
            } catch (IOException e) {
                if (attempt == FREE_PORT_TRIES) {
                    throw e;
                }
            }
        }
        return listen(plan, plan.port());
    }

    private static List<ServerSocketChannel> listen(NetworkPlan plan, int first) throws IOException {
        var listeners = new ArrayList<ServerSocketChannel>();
        int next = first;
        try {
            for (int i = 0; i < plan.ports(); i++) {
                var listener = ServerSocketChannel.open();
                listeners.add(listener);
                listener.bind(new InetSocketAddress(plan.host(), next), BACKLOG);
                next = ((InetSocketAddress) listener.getLocalAddress()).getPort() + 1;
            }
            return listeners;
        } catch (IOException | IllegalArgumentException e) {
            closeAll(listeners);
            throw new IOException("cannot listen on " + plan.host() + " port " + next + ": " + e.getMessage(), e);
        }
    }

    private static void closeAll(List<ServerSocketChannel> listeners) throws IOException {
        for (var listener : listeners) {
            listener.close();
        }
    }

    /** The first port; the one that is called, when the stations call in. */
    public int port() {
        return port;
    }

    /**
     * Hears each command that a SeedLink client sends, on the network's thread; for tests.
     *
     * @throws IllegalStateException the network speaks another protocol
     */
    public void onSeedLinkCommand(Consumer<String> listener) {
        if (!(simulation instanceof SeedLinkServer server)) {
            throw new IllegalStateException("a network of " + plan.protocol() + " hears no SeedLink");
        }
        server.listen(listener);
    }

    /** How it was asked for. */
    public NetworkPlan plan() {
        return plan;
    }

    /** What a machine needs to know of the stations. */
    public List<Source> sources() {
        return simulation.sources(port);
    }

    /** The matching station file, YAML. */
    public String stationFile() {
        var rate = new BigDecimal(String.valueOf(plan.ratePerSecond())).toPlainString();
        var sources = sources();
        var file = new StringBuilder(sources.size() * 128);
        for (var source : sources) {
            file.append("- { id: ").append(source.id());
            file.append(", protocol: ").append(source.protocol());
            if (source.isDialIn()) {
                file.append(", dialIn: true");
            } else {
                file.append(", host: \"").append(source.host());
                file.append("\", port: ").append(source.port());
            }
            file.append(", rate: ").append(rate);
            source.options()
                    .forEach((key, value) ->
                            file.append(", ").append(key).append(": ").append(value));
            file.append(", groups: [").append(GROUP).append("] }\n");
        }
        return file.toString();
    }

    /** Writes {@link #stationFile} to a file, which is replaced. */
    public void writeStations(Path file) throws IOException {
        Files.writeString(file, stationFile());
    }

    /** Counts while the network runs; after {@link #stop}, as they were last. */
    public NetworkReport.Live snapshot() {
        return simulation.counts().live();
    }

    /**
     * Stops sending, writes out what is begun (2 s at the most), and closes every connection in order. A second call
     * gives the same report.
     *
     * @throws IllegalStateException the network's thread had failed: its counts are worth nothing
     * @throws InterruptedException while waiting for the thread, which ends all the same
     */
    public NetworkReport stop() throws InterruptedException {
        simulation.stop();
        thread.join();
        var report = simulation.report();
        if (report == null) {
            throw new IllegalStateException(
                    "the simulated network has failed: " + simulation.failure(), simulation.failure());
        }
        return report;
    }

    /** {@link #stop}, when only the end matters. An interrupt is kept, and the thread ends by itself. */
    @Override
    public void close() {
        simulation.stop();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
