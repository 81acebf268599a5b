package org.stationmaster.core.api;

import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** What can be seen of a machine, by any thread, at any time. Reading never disturbs the workers. */
public interface MachineView {
    MachineSize size();

    /** Whether all workers are up and nothing is being stopped. */
    boolean isReady();

    /** Whether the supervisor still turns: its last turn was less than ten seconds ago. */
    boolean isAlive();

    List<WorkerStatus> workers();

    Totals totals();

    /** The states of a worker's slots, by index. */
    List<SlotState> slots(WorkerId worker);

    Optional<SourceStatus> source(SourceId id);

    /** Sources in the order of their ids. */
    SourcePage sources(SourceQuery query);

    /**
     * How many more sources the workers may be given, where a profile tells, as of the last seconds; empty: it is not known, or
     * there are none yet.
     */
    default Optional<Headroom> headroom() {
        return Optional.empty();
    }

    /** How many more or less {@link #headroom} may be by the error of the profile; empty: it is not known. */
    default OptionalLong headroomError() {
        return OptionalLong.empty();
    }

    /**
     * The CPU time that worker processes took in the last half minute or so, over what their running sources should take by
     * the profile: 1 when both agree. Empty: no profile, workers that are threads, hardly any load, sources came or went, or some
     * do not tell their rate.
     */
    default OptionalDouble costRatio() {
        return OptionalDouble.empty();
    }

    /** Calls of stations since start; none where nobody listens. */
    default Calls calls() {
        return new Calls(0, Map.of());
    }

    /** What an operator should know now; empty when all is well. */
    List<Alarm> alarms();

    /** The last slot transitions, oldest first, at most {@code limit}; at most 4,096 are kept. */
    List<SlotEvent> events(int limit);

    /**
     * Slot transitions behind the one numbered {@code after}; 0: from the oldest that is kept. For who follows them: ask
     * again with {@link EventPage#last}.
     */
    EventPage eventsAfter(long after, int limit);

    /** Which sources are taken. */
    Filter filter();

    /**
     * Looks on at a source's records as they leave its worker, until the tap is closed, wherever the source moves. A
     * listener that is slow does not slow the machine: it loses copies, and is told how many.
     */
    Tap tap(SourceId source, RecordListener listener);

    /** Activation accepted → task started in its slot, since start. */
    Quantiles wakeMillis();

    /** Event time → receipt of the last record of every source that runs and has one; of none where protocols tell no time. */
    Quantiles latencyMillis();

    /** Receipt → acknowledged, by sink: the oldest record of its last delivery, the slowest of its parts. */
    Map<String, Double> deliveryMillis();

    /**
     * One worker.
     *
     * @param kind {@code thread} or {@code process}
     * @param slots how many slots are in each state
     * @param load calibrated cost of its sources, CPU seconds per second
     * @param cpu share of a processor that it took in the last half minute or so; of a process without the JVM's compilers, of a
     *     thread its loop alone; null: not known yet
     * @param losses how many of its processes have died unasked since the machine's start, as its supervisor counts them
     * @param limit what {@code load} may be, by the profile; null: there is none
     * @param headroom its part of {@link MachineView#headroom}; null: not known
     */
    record WorkerStatus(
            WorkerId id,
            String kind,
            long pid,
            WorkerState state,
            Map<SlotState, Integer> slots,
            double load,
            @Nullable Double cpu,
            int losses,
            @Nullable Double limit,
            @Nullable Long headroom) {
        /** Without a profile. */
        public WorkerStatus(
                WorkerId id,
                String kind,
                long pid,
                WorkerState state,
                Map<SlotState, Integer> slots,
                double load,
                @Nullable Double cpu,
                int losses) {
            this(id, kind, pid, state, slots, load, cpu, losses, null, null);
        }
    }

    /** What a worker does. */
    enum WorkerState {
        STARTING,
        READY,
        LOST,
        STOPPING
    }

    /**
     * Stations that called in.
     *
     * @param taken calls that a source took
     * @param refused the others, by cause
     */
    record Calls(long taken, Map<DialIn.Refusal, Long> refused) {
        public static final Calls NONE = new Calls(0, Map.of());

        /** The sums of both. */
        public Calls plus(Calls others) {
            var sums = new EnumMap<DialIn.Refusal, Long>(DialIn.Refusal.class);
            sums.putAll(refused);
            others.refused.forEach((why, count) -> sums.merge(why, count, Long::sum));
            return new Calls(taken + others.taken, sums);
        }
    }

    /**
     * Room for so many more sources like those of which there are most: an idle slot and a processor for each. What a plan keeps
     * for the loss of a worker is in it.
     */
    record Headroom(long sources, double ratePerSecond) {}

    /**
     * Sums over the machine.
     *
     * @param sources how many sources are known, by state
     * @param failing sources that fail again and again
     * @param records received since start; so are all that follow
     * @param corrupt pieces of bytes that were no record
     * @param corruptBytes bytes in them
     * @param late records refused because their epoch was over
     * @param silences connections given up for silence
     * @param ends ended connections and failed attempts, by reason
     * @param delivered records acknowledged, by sink
     * @param refused records refused for good, by sink
     */
    record Totals(
            Map<SourceState, Integer> sources,
            int failing,
            long records,
            long bytes,
            long reconnects,
            long corrupt,
            long corruptBytes,
            long late,
            long silences,
            Map<EndReason, Long> ends,
            Map<String, Long> delivered,
            Map<String, Long> refused) {}

    /**
     * One source. Counters count since its activation. They may be some milliseconds old; when {@code detail} says that
     * they are not known, they are 0.
     *
     * @param slot null while it has none
     * @param epoch 0 while it has no slot
     * @param failing the last three attempts or more brought no record, or did not last 30 s
     * @param reason why its last connection ended or could not be made
     * @param detail the same in words; for a source without a slot, why; or that what its slot does cannot be read
     * @param lastRecordAt null before the first
     * @param latencyMillis receive time minus event time of the last record; null where the protocol has none, or a clock is off
     * @param reconnects connections after the first
     * @param gaps times for which there was no record, as far as the protocol can tell
     * @param overlaps records that came late or again, or overlap the one before
     * @param foreign records that were another station's, dropped
     * @param clockOff records whose own time was more than a day from their receipt: they have no latency
     */
    record SourceStatus(
            Source source,
            SourceState state,
            @Nullable SlotId slot,
            long epoch,
            boolean initialised,
            boolean failing,
            EndReason reason,
            String detail,
            @Nullable Instant lastRecordAt,
            @Nullable Double latencyMillis,
            long records,
            long bytes,
            long reconnects,
            long corrupt,
            long corruptBytes,
            long late,
            long silences,
            long gaps,
            long overlaps,
            long foreign,
            long clockOff) {}

    /**
     * Which sources to list.
     *
     * @param group only of this group; null: all
     * @param state only in this state; null: all
     * @param after only ids after this one; null: from the first
     * @param limit 1 to 10,000
     */
    record SourceQuery(
            @Nullable String group,
            @Nullable SourceState state,
            @Nullable String after,
            int limit) {
        public static final int MAX_LIMIT = 10_000;

        public SourceQuery {
            if (limit < 1 || limit > MAX_LIMIT) {
                throw new IllegalArgumentException("limit " + limit + " is out of range 1 to " + MAX_LIMIT);
            }
        }
    }

    /** @param next what to give as {@code after} for the next page; null: this was the last */
    record SourcePage(List<SourceStatus> sources, @Nullable String next) {}

    /**
     * Something an operator should know; it goes by itself when its cause does.
     *
     * @param subject what it is about: a source id, a worker, a sink
     */
    record Alarm(Kind kind, String subject, Instant since, String message) {
        /** What it is about. */
        public enum Kind {
            SILENT,
            FAILING,
            DISK,
            SINK,
            CAPACITY,
            WORKER_LOST,
            INVENTORY
        }
    }

    /** One slot transition. */
    record SlotEvent(
            Instant at,
            SlotId slot,
            SourceId source,
            long epoch,
            SlotState from,
            SlotState to,
            EndReason reason,
            String detail) {}

    /**
     * @param last the number of the last event in the page, or {@code after} when there is none
     * @param missed how many events between {@code after} and the page are no longer kept
     */
    record EventPage(List<SlotEvent> events, long last, long missed) {}

    /** Of a distribution; all 0 when it is empty. */
    record Quantiles(double p50, double p99, double max, long count) {}
}
