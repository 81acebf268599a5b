package org.stationmaster.bench;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.stationmaster.core.api.Isolation;
import org.stationmaster.core.api.Link;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Task;
import org.stationmaster.core.api.TaskScheduler;
import org.stationmaster.core.machine.Machine;
import org.stationmaster.core.machine.MachineStartException;
import org.stationmaster.sinks.ArchiveConfig;
import org.stationmaster.sinks.ArchiveSink;
import org.stationmaster.sinks.ArchiveSinkFactory;
import org.stationmaster.stations.ProtocolScheduler;
import org.stationmaster.stations.Protocols;

/**
 * A rival: our machine with one worker. Records are decoded, counted and discarded; with {@code --archive DIR} they are
 * archived, as the product does it
 * ({@code --open-files N}: with so many files open at the most); with {@code --blocking} each station has a blocking task on a virtual thread;
 * with {@code --processes} the worker is a process of its own.
 */
public final class MachineReader {
    private static final String PROTOCOL = "tcp-frames";

    private MachineReader() {}

    public static void main(String... args) throws MachineStartException, InterruptedException {
        var rival = Rival.of(args);
        var options = List.of(args).subList(6, args.length);
        boolean blocking = options.contains("--blocking");
        boolean processes = options.contains("--processes");
        var builder = Machine.of(blocking ? new Reading() : new ProtocolScheduler())
                .size(new MachineSize(1, rival.connections()))
                .isolation(processes ? Isolation.PROCESSES : Isolation.THREADS);
        int archive = options.indexOf("--archive");
        if (archive >= 0) {
            int limit = options.indexOf("--open-files");
            var config = archiveConfig(
                    Path.of(options.get(archive + 1)),
                    limit < 0 ? ArchiveConfig.DEFAULT_OPEN_FILES : Integer.parseInt(options.get(limit + 1)));
            builder.sinkFiles(config.openFiles());
            if (processes) {
                builder.sink(
                        new ArchiveSinkFactory(),
                        ArchiveSinkFactory.settings(config.root(), config.openFiles(), config.lingerMillis()));
            } else {
                builder.sink(new ArchiveSink(config));
            }
        }
        try (var machine = builder.start()) {
            machine.assignator().activateAll(sources(rival, blocking));
            var view = machine.view();
            rival.measure(() -> view.totals().records(), () -> view.totals().bytes());
            var left = machine.stop(Duration.ofSeconds(60));
            if (!left.isEmpty()) {
                System.err.println(left);
            }
        }
    }

    /** The archive as the product has it. */
    static ArchiveConfig archiveConfig(Path root, int openFiles) {
        var protocols = Protocols.found();
        return new ArchiveConfig(
                root,
                openFiles,
                ArchiveConfig.DEFAULT_LINGER_MILLIS,
                name -> protocols.byName(name).map(Protocol::archiveForm));
    }

    private static List<Source> sources(Rival rival, boolean blocking) {
        return IntStream.range(0, rival.connections())
                .mapToObj(i -> {
                    var source = Source.builder(Rival.id(i), PROTOCOL, rival.host(), rival.port())
                            .rate(rival.rate());
                    return (blocking ? source : source.option("hello", "true")).build();
                })
                .toList();
    }

    /** What a user would write. */
    private static final class Reading extends TaskScheduler {
        @Override
        protected Task taskFor(Source source) {
            return Task.blocking(slot -> {
                try (var link = Link.open(source)) {
                    link.writeFrame(source.id().value().getBytes(StandardCharsets.US_ASCII));
                    while (slot.isActive()) {
                        slot.emit(link.readFrame());
                    }
                }
            });
        }
    }
}
