package org.stationmaster.bench;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.SourceState;
import org.stationmaster.core.machine.Machine;
import org.stationmaster.core.machine.MachineStartException;
import org.stationmaster.server.ControlStartException;
import org.stationmaster.server.inventory.StoreException;
import org.stationmaster.sinks.ArchiveConfig;
import org.stationmaster.sinks.ArchiveSink;
import org.stationmaster.stations.ProtocolScheduler;
import org.stationmaster.stations.Protocols;

/**
 * The control plane with many sources: one request that gives them all, until all run; a source looked at one request after the
 * other; and whether requests delay records: the latency from send stamp to archive write without requests and with them,
 * in turns. Machine and endpoint are this process, the stations another, and who looks at one source after the other a third
 * ({@link Asker}); none is pinned.
 *
 * <p>Arguments: {@code --stations 10000 --rate 1 --workers 2 --gets 2000 --requests-per-second 150 --streams 4 --warmup 15 --seconds 15
 * --rounds 3 --data DIR} (removed afterwards).
 */
public final class ControlBench {
    private static final int SIZE_BYTES = 200;
    private static final long LIMIT_NANOS = 120_000_000_000L;

    private final int stations;
    private final double rate;
    private final int workers;
    private final int gets;
    private final double requestsPerSecond;
    private final int streams;
    private final double warmupSeconds;
    private final double seconds;
    private final int rounds;
    private final Path data;

    private ControlBench(Options options) {
        stations = options.whole("stations", 10_000);
        rate = options.number("rate", 1);
        workers = options.whole("workers", 2);
        gets = options.whole("gets", 2_000);
        requestsPerSecond = options.number("requests-per-second", 150);
        streams = options.whole("streams", 4);
        warmupSeconds = options.number("warmup", 15);
        seconds = options.number("seconds", 15);
        rounds = options.whole("rounds", 3);
        data = Path.of(options.text("data", "bench/target/control")).toAbsolutePath();
    }

    public static void main(String... args)
            throws IOException, InterruptedException, MachineStartException, ControlStartException, StoreException {
        new ControlBench(Options.of(args)).run();
    }

    private void run()
            throws IOException, InterruptedException, MachineStartException, ControlStartException, StoreException {
        System.out.println(Host.describe());
        CollectorBench.remove(data);
        Files.createDirectories(data);
        var sink = new TimedArchive(new ArchiveSink(
                MachineReader.archiveConfig(data.resolve("archive"), ArchiveConfig.DEFAULT_OPEN_FILES)));
        var protocols =
                Map.of("tcp-frames", Protocols.found().byName("tcp-frames").orElseThrow());
        try (var generator = Child.generator(-1, stations, rate, SIZE_BYTES);
                var machine = Machine.of(new ProtocolScheduler())
                        .size(new MachineSize(workers, Math.ceilDiv(stations, workers)))
                        .sink(sink)
                        .sinkFiles(ArchiveConfig.DEFAULT_OPEN_FILES)
                        .start();
                var control = ControlPlane.of(machine, protocols, data);
                var http = HttpClient.newHttpClient()) {
            control.book().start(List.of());
            int port = generator.numbers().getOrDefault("port", 0.0).intValue();
            var api = URI.create("http://127.0.0.1:" + control.server().start() + "/api/v1/");
            machine.ready();
            giveAll(http, api, port, machine);
            Waits.seconds(warmupSeconds);
            getOne(api.getPort());
            compare(http, api, sink);
            var left = machine.stop(Duration.ofSeconds(60));
            System.out.println("stopped; left undone " + left);
        }
        CollectorBench.remove(data);
    }

    private void giveAll(HttpClient http, URI api, int port, Machine machine) throws IOException, InterruptedException {
        var body = IntStream.range(0, stations)
                .mapToObj(i ->
                        "{\"id\":\"" + Rival.id(i) + "\",\"protocol\":\"tcp-frames\",\"host\":\"127.0.0.1\",\"port\":"
                                + port + ",\"rate\":" + rate + ",\"hello\":true}\n")
                .collect(Collectors.joining());
        long begin = System.nanoTime();
        var answer = http.send(
                HttpRequest.newBuilder(api.resolve("sources"))
                        .header("content-type", "application/x-ndjson")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofLines());
        long accepted =
                answer.body().filter(line -> line.contains("\"status\":20")).count();
        double acceptedSeconds = (System.nanoTime() - begin) / 1e9;
        while (machine.view().totals().sources().getOrDefault(SourceState.RUNNING, 0) < stations
                && System.nanoTime() - begin < LIMIT_NANOS) {
            Waits.seconds(0.02);
        }
        System.out.printf(
                Locale.ROOT,
                "%,d sources in one request: %,d accepted after %.2f s (status %d), all running after %.2f s%n",
                stations,
                accepted,
                acceptedSeconds,
                answer.statusCode(),
                (System.nanoTime() - begin) / 1e9);
    }

    private void getOne(int port) throws IOException {
        try (var echo = new Echo();
                var asker = Child.start(
                        -1,
                        Child.java(
                                Asker.class,
                                List.of(
                                        String.valueOf(port),
                                        String.valueOf(echo.port()),
                                        String.valueOf(stations))))) {
            for (var state : List.of("first", "second", "third", "fourth")) {
                var micros = asker.ask(gets + " " + requestsPerSecond);
                for (var what : List.of("get", "echo")) {
                    System.out.printf(
                            Locale.ROOT,
                            "%s, %s %d, %d/s: p50 %.2f, p99 %.2f, max %.2f ms%n",
                            what.equals("get") ? "GET of a source" : "the same bytes, bare, in the same seconds",
                            state,
                            gets,
                            (long) requestsPerSecond,
                            micros.getOrDefault(what + "_p50", Double.NaN) / 1e3,
                            micros.getOrDefault(what + "_p99", Double.NaN) / 1e3,
                            micros.getOrDefault(what + "_max", Double.NaN) / 1e3);
                }
            }
        }
    }

    /** How long it took, microseconds. */
    private static long get(HttpClient http, URI address) throws IOException, InterruptedException {
        long begin = System.nanoTime();
        var answer = http.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofByteArray());
        if (answer.statusCode() != 200) {
            throw new IOException(address + " answered " + answer.statusCode());
        }
        return (System.nanoTime() - begin) / 1_000;
    }

    private void compare(HttpClient http, URI api, TimedArchive sink) {
        var without = new Histogram(60_000_000L, 3);
        var with = new Histogram(60_000_000L, 3);
        for (int round = 0; round < rounds; round++) {
            without.add(measured(sink));
            try (var clients = new Clients(http, api)) {
                with.add(measured(sink));
                clients.print();
            }
        }
        print("records, send → archive, without requests", without);
        print("records, send → archive, with requests", with);
        System.out.printf(
                Locale.ROOT,
                "p99 with requests is %.2f × without (target 1.3)%n",
                with.getValueAtPercentile(99) / (double) without.getValueAtPercentile(99));
    }

    private Histogram measured(TimedArchive sink) {
        Waits.seconds(2);
        sink.measure(true);
        Waits.seconds(seconds);
        sink.measure(false);
        return sink.micros();
    }

    /** Who asks, lists, and follows, until closed. */
    private final class Clients implements AutoCloseable {
        private final HttpClient http;
        private final URI api;
        private final Histogram micros = new ConcurrentHistogram(60_000_000L, 3);
        private final AtomicLong streamed = new AtomicLong();
        private final List<Thread> threads = new ArrayList<>();
        private volatile boolean over;

        Clients(HttpClient http, URI api) {
            this.http = http;
            this.api = api;
            threads.add(Thread.ofPlatform().start(this::ask));
            for (int i = 0; i < streams; i++) {
                var what = i % 2 == 0 ? "events" : "sources/" + Rival.id(i) + "/records";
                threads.add(Thread.ofVirtual().start(() -> follow(api.resolve(what))));
            }
        }

        private void ask() {
            long begin = System.nanoTime();
            for (int i = 0; !over; i++) {
                Waits.until(begin + (long) (i * 1e9 / requestsPerSecond));
                var what = switch (i % 20) {
                    case 0 -> "machine";
                    case 1 -> "sources?limit=1000";
                    default -> "sources/" + Rival.id(i * 7919 % stations);
                };
                try {
                    micros.recordValue(get(http, api.resolve(what)));
                } catch (IOException e) {
                    System.err.println(e);
                } catch (InterruptedException e) {
                    return;
                }
            }
        }

        private void follow(URI address) {
            try (InputStream body = http.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofInputStream())
                    .body()) {
                var buffer = new byte[8192];
                for (int count = body.read(buffer); count >= 0 && !over; count = body.read(buffer)) {
                    streamed.addAndGet(count);
                }
            } catch (IOException e) {
                if (!over) {
                    System.err.println(e);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        void print() {
            ControlBench.print(
                    "  requests meanwhile (" + streams + " streams read " + streamed.get() + " bytes)", micros);
        }

        @Override
        public void close() {
            over = true;
            threads.forEach(Thread::interrupt);
            for (var thread : threads) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

    private static void print(String what, Histogram micros) {
        System.out.printf(
                Locale.ROOT,
                "%s: p50 %.2f, p99 %.2f, max %.2f ms of %,d%n",
                what,
                micros.getValueAtPercentile(50) / 1e3,
                micros.getValueAtPercentile(99) / 1e3,
                micros.getMaxValue() / 1e3,
                micros.getTotalCount());
    }
}
