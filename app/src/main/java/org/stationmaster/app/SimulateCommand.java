package org.stationmaster.app;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.stationmaster.server.inventory.Bind;
import org.stationmaster.testkit.FaultPlan;
import org.stationmaster.testkit.NetworkPlan;
import org.stationmaster.testkit.NetworkReport;
import org.stationmaster.testkit.StationNetwork;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code simulate PROTOCOL}: a network of stations, until a signal. */
@Command(
        name = "simulate",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Simulates a network of stations until SIGTERM or SIGINT.",
            "Prints one line 'listening PROTOCOL HOST PORTS' on stdout once it can be connected to;",
            "with --dial, where nothing listens, 'calling PROTOCOL HOST:PORT'."
        },
        footer = {
            "",
            "SPEC: kind=probability/s[:seconds],... of silence, reset, half-open, slow, cut,",
            "garbage, refuse, flood; for instance reset=0.01/s,silence=0.02/s:15"
        })
final class SimulateCommand implements Callable<Integer> {
    static final String LISTENING = "listening ";
    static final String OWNED = "--until-stdin-ends";

    private final StopSignals signals;

    @Parameters(
            index = "0",
            paramLabel = "PROTOCOL",
            description = "tcp-frames, tcp-lines, seedlink, rtcm3, ntrip, nmea, tsip or gsof.")
    private String protocol = "";

    @Option(names = "--sources", paramLabel = "N", required = true, description = "How many stations.")
    private int sources;

    @Option(names = "--rate", paramLabel = "F", required = true, description = "Records per second of each station.")
    private double rate;

    @Option(names = "--host", paramLabel = "HOST", description = "The address to listen on; default ${DEFAULT-VALUE}.")
    private String host = "127.0.0.1";

    @Option(names = "--port", paramLabel = "P", description = "The first port; 0: any free one.")
    private @Nullable Integer port;

    @Option(
            names = "--dial",
            paramLabel = "HOST:PORT",
            description = {
                "The stations call in there, in place of listening on --port; those of tcp-frames, tcp-lines and ntrip can."
            })
    private @Nullable String dial;

    @Option(
            names = "--ports",
            paramLabel = "K",
            description = {
                "How many ports, P to P+K-1; default 1. One serves up to 20,000 stations;"
                        + " a protocol without hello needs, and gets by default, one for each station."
            })
    private @Nullable Integer ports;

    @Option(
            names = "--size",
            paramLabel = "BYTES",
            description = "The size of a record's payload; default ${DEFAULT-VALUE}.")
    private int size = 200;

    @Option(names = "--replay", paramLabel = "FILE", description = "What every station sends, once through.")
    private @Nullable Path replay;

    @Option(names = "--faults", paramLabel = "SPEC", description = "What goes wrong; default nothing.")
    private String faults = "";

    @Option(
            names = "--seed",
            paramLabel = "S",
            description = "Of phases, letters and faults; default ${DEFAULT-VALUE}.")
    private long seed = 1;

    @Option(
            names = "--stations",
            paramLabel = "FILE",
            description = {
                "Write the matching station file. One that was changed since is left as it is, and where it does not match it is an error."
            })
    private @Nullable Path stations;

    @Option(names = "--report", paramLabel = "FILE", description = "Write what was sent and cut, at the end, as JSON.")
    private @Nullable Path report;

    /** For a parent process: stop when it closes our stdin or is gone, and leave the terminal's Ctrl-C to it. */
    @Option(names = OWNED, hidden = true)
    private boolean owned;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    SimulateCommand(StopSignals signals) {
        this.signals = signals;
    }

    @Override
    public Integer call() throws Failure, InterruptedException {
        var plan = plan();
        listenToSignals();
        try (var network = StationNetwork.start(plan)) {
            if (stations != null) {
                writeStations(stations, network);
            }
            sayListening(network);
            signals.await();
            finish(network.stop());
            return 0;
        } catch (IOException e) {
            throw Failure.failed(String.valueOf(e.getMessage()), e);
        }
    }

    private void writeStations(Path file, StationNetwork network) throws Failure {
        try {
            boolean isWritten = SimulatedStations.write(file, network.stationFile());
            spec.commandLine()
                    .getErr()
                    .println(
                            isWritten
                                    ? "wrote " + file
                                    : file + " has these stations and what was added to them: left as it is");
        } catch (IOException e) {
            throw Failure.failed("--stations " + file + " cannot be written: " + e, e);
        }
    }

    private NetworkPlan plan() throws Failure {
        if (replay != null && !Files.isReadable(replay)) {
            throw Failure.usage("--replay " + replay + " cannot be read");
        }
        if ((dial == null) == (port == null)) {
            throw Failure.usage("give --port to listen on, or --dial to call in at");
        }
        try {
            var builder = NetworkPlan.builder(protocol);
            if (port != null) {
                builder.host(host).port(port);
            } else if (dial != null) {
                var called = Bind.parse(dial)
                        .orElseThrow(() -> new IllegalArgumentException("--dial '" + dial + "' must be HOST:PORT"));
                builder.dial(true).ports(1).host(called.host()).port(called.port());
            }
            if (ports != null) {
                builder.ports(ports);
            }
            return builder.sources(sources)
                    .rate(rate)
                    .sizeBytes(size)
                    .replay(replay)
                    .faults(FaultPlan.parse(faults))
                    .seed(seed)
                    .build();
        } catch (IllegalArgumentException e) {
            throw Failure.usage(String.valueOf(e.getMessage()));
        }
    }

    private void listenToSignals() {
        if (owned) {
            signals.listenToTermAlone();
            Thread.ofVirtual().name("stdin").start(() -> awaitEnd(System.in));
        } else {
            signals.listen();
        }
    }

    private void awaitEnd(InputStream in) {
        try {
            while (in.read() >= 0) {
                // what a parent writes means nothing
            }
        } catch (IOException e) {
            // a broken pipe is an end, too
        }
        signals.ask();
    }

    private void sayListening(StationNetwork network) {
        int first = network.port();
        int last = first + network.plan().ports() - 1;
        var out = spec.commandLine().getOut();
        if (dial != null) {
            out.println("calling " + protocol + " " + dial);
            out.flush();
            return;
        }
        out.println(LISTENING + protocol + " " + host + " " + first + (first == last ? "" : "-" + last));
        out.flush();
    }

    private void finish(NetworkReport result) throws IOException {
        if (report != null) {
            result.write(report);
        }
        spec.commandLine()
                .getErr()
                .println("sent " + Numbers.count(result.sent(), "record") + ", cut " + Numbers.count(result.cut())
                        + ", connects " + Numbers.count(result.connects()) + ", commands "
                        + Numbers.count(result.commands()));
    }
}
