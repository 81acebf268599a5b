package org.stationmaster.server.alarm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.MachineView.Alarm;
import org.stationmaster.core.api.MachineView.SourcePage;
import org.stationmaster.core.api.MachineView.SourceQuery;
import org.stationmaster.server.inventory.ReceiverConfig;
import tools.jackson.databind.json.JsonMapper;

/**
 * Looks at a machine once a second, keeps the list of its alarms, and tells the receivers what is new. Reading is safe from
 * any thread; {@link #look} is for one at a time.
 */
public final class AlarmWatch {
    private static final Logger LOG = LoggerFactory.getLogger(AlarmWatch.class);
    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final long PERIOD_MILLIS = 1_000;

    private final Supplier<? extends Collection<Alarm>> alarms;
    private final Function<SourceQuery, SourcePage> sources;
    private final DiskProbe disk;
    private final Clock clock;
    private final Executor sender;
    private final AlarmBook book = new AlarmBook();
    private final List<Line> lines = new ArrayList<>();

    /** A receiver and what it has not got yet. */
    private record Line(String name, Receiver receiver, Outbox outbox) {}

    /** Room on the disk; called at each look. */
    interface DiskProbe {
        AlarmRules.Disk look() throws IOException;
    }

    /** An alarm; the names are the contract, here and below. {@code sources}: how many it is about. */
    public record Raised(String kind, String subject, String since, String raisedAt, int sources, String message) {}

    /** A receiver, and what became of its messages. {@code dropped}: for want of room, or given up. */
    public record ReceiverState(String receiver, int waiting, long delivered, long dropped, String lastError) {}

    /** What {@code GET /api/v1/alarms} tells; {@code more}: conditions that found no room in the list. */
    public record Told(List<Raised> alarms, int more, List<ReceiverState> receivers) {}

    /** What a receiver gets; {@code event} is raised or cleared. */
    private record Message(
            String event,
            String at,
            String kind,
            String subject,
            String since,
            String raisedAt,
            int sources,
            String message) {}

    /**
     * @param alarms what the machine and its inventory tell
     * @param data whose disk is looked at
     * @param sender runs what blocks
     */
    public AlarmWatch(
            Supplier<? extends Collection<Alarm>> alarms,
            Function<SourceQuery, SourcePage> sources,
            Path data,
            List<ReceiverConfig> receivers,
            Clock clock,
            Executor sender) {
        this(alarms, sources, probe(data), clock, sender);
        receivers.forEach(config -> add(config.toString(), Receiver.of(config)));
    }

    AlarmWatch(
            Supplier<? extends Collection<Alarm>> alarms,
            Function<SourceQuery, SourcePage> sources,
            DiskProbe disk,
            Clock clock,
            Executor sender) {
        this.alarms = alarms;
        this.sources = sources;
        this.disk = disk;
        this.clock = clock;
        this.sender = sender;
    }

    void add(String name, Receiver receiver) {
        lines.add(new Line(name, receiver, new Outbox()));
    }

    private static DiskProbe probe(Path data) {
        return () -> {
            var store = Files.getFileStore(data);
            return new AlarmRules.Disk(data.toString(), store.getUsableSpace(), store.getTotalSpace());
        };
    }

    /** Looks each second from now on; the executor's end ends it. */
    public void start(ScheduledExecutorService executor) {
        var _ = executor.scheduleWithFixedDelay(this::lookSafely, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void lookSafely() {
        try {
            look();
        } catch (RuntimeException e) { // else the executor would look no more
            LOG.error("looking for alarms failed; it is tried again", e);
        }
    }

    /** One look, and what is due to the receivers. */
    void look() {
        var now = Instant.ofEpochSecond(0, clock.epochNanos());
        AlarmRules.Disk room = null;
        try {
            room = disk.look();
        } catch (IOException e) {
            LOG.debug("the disk cannot be looked at", e);
        }
        for (var change : book.look(AlarmRules.judge(alarms.get(), sources, room, now), clock.nanoTime(), now)) {
            tell(change, now);
        }
        lines.forEach(this::send);
    }

    private void tell(AlarmBook.Change change, Instant now) {
        var alarm = change.alarm();
        var event = change.raised() ? "raised" : "cleared";
        if (change.raised()) {
            LOG.warn("alarm {} {}: {}", alarm.kind(), alarm.subject(), alarm.message());
        } else {
            LOG.info("alarm {} {} is over", alarm.kind(), alarm.subject());
        }
        var json = MAPPER.writeValueAsBytes(new Message(
                event,
                now.toString(),
                alarm.kind(),
                alarm.subject(),
                alarm.since(),
                alarm.raisedAt(),
                alarm.sources(),
                alarm.message()));
        lines.forEach(line -> line.outbox().add(json));
    }

    private void send(Line line) {
        var message = line.outbox().next(clock.nanoTime());
        if (message != null) {
            sender.execute(() -> send(line, message));
        }
    }

    private void send(Line line, byte[] message) {
        try {
            line.receiver().tell(message);
            line.outbox().sent();
            send(line); // what else waits
        } catch (IOException | RuntimeException e) {
            var why = e.getMessage() == null ? e.toString() : e.getMessage();
            if (!line.outbox().state("").lastError().equals(why)) {
                LOG.warn("an alarm was not taken, it is tried again: {}", why);
            }
            line.outbox().failed(why, clock.nanoTime());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            line.outbox().failed("interrupted", clock.nanoTime());
        }
    }

    /** The alarms now. */
    public Told told() {
        return new Told(
                book.raised(),
                book.left(),
                lines.stream().map(line -> line.outbox().state(line.name())).toList());
    }
}
