package org.stationmaster.server.ledger;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.MachineView;
import org.stationmaster.core.api.MachineView.Alarm;
import org.stationmaster.core.api.MachineView.SourcePage;
import org.stationmaster.core.api.MachineView.SourceQuery;
import org.stationmaster.core.api.MachineView.SourceStatus;
import org.stationmaster.core.api.MachineView.WorkerStatus;
import org.stationmaster.core.api.WorkerId;

/**
 * Looks at a machine once a second and keeps, over restarts, when each source gave nothing and why. What cannot be written waits, the
 * eldest is dropped past a limit and counted. Safe from any thread.
 */
public final class Ledger implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Ledger.class);
    private static final long PERIOD_MILLIS = 1_000;
    /** How late a kill of the machine may be told. */
    private static final Duration ALIVE_EVERY = Duration.ofSeconds(10);

    private static final Duration TRIM_EVERY = Duration.ofHours(1);
    /** A lost worker's sources wake at once, but a look may come between. */
    private static final Duration LOSS_EXPLAINS = Duration.ofSeconds(10);

    static final int MAX_UNWRITTEN = 100_000;
    /** Small, so that what was read of sources is garbage while it is young. */
    private static final int PAGE = 500;

    private final Eyes eyes;
    /** Null: it cannot be used, and {@link #trouble} says why. */
    private final @Nullable LedgerStore store;

    private final Clock clock;
    private final int maxUnwritten;

    /** For all below: looks, questions and the end. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Map<String, SourceGaps> sources = new HashMap<>();
    private final Map<WorkerId, Integer> losses = new HashMap<>();
    private final Map<WorkerId, Instant> lostAt = new HashMap<>();
    private final Map<Key, Gap> unwritten = new LinkedHashMap<>();
    private final Set<String> come = new HashSet<>();
    private final Set<String> gone = new HashSet<>();
    private final @Nullable Instant aliveBefore;
    private final Map<String, Gap> openBefore;
    /** Those of the earlier machine that have not been seen yet. */
    private final Set<String> expected;

    private Instant written = Instant.EPOCH;
    private Instant trimmed = Instant.EPOCH;
    private long dropped;
    private long looks;
    private String trouble = "";
    private Instant troubleSince = Instant.EPOCH;
    private boolean hasLooked;
    private boolean over;

    private record Key(String source, Instant from) {}

    /** What is looked at. */
    record Eyes(
            Supplier<List<WorkerStatus>> workers,
            Function<SourceQuery, SourcePage> sources,
            Supplier<List<Alarm>> alarms) {}

    /** Opens it. One that cannot be used keeps no machine from its sources: it keeps nothing, and says so. */
    public static Ledger open(MachineView view, Path file, Clock clock) {
        var eyes = new Eyes(view::workers, view::sources, view::alarms);
        try {
            return new Ledger(eyes, new LedgerStore(file, LedgerStore.MAX_GAPS), clock, MAX_UNWRITTEN);
        } catch (IOException e) {
            LOG.error("no gaps are kept: {}", e.getMessage());
            return new Ledger(eyes, clock, String.valueOf(e.getMessage()));
        }
    }

    private Ledger(Eyes eyes, Clock clock, String trouble) {
        this.eyes = eyes;
        this.store = null;
        this.clock = clock;
        this.maxUnwritten = 0;
        this.aliveBefore = null;
        this.openBefore = Map.of();
        this.expected = new HashSet<>();
        this.trouble = trouble;
        this.troubleSince = now();
    }

    Ledger(Eyes eyes, LedgerStore store, Clock clock, int maxUnwritten) throws IOException {
        this.eyes = eyes;
        this.store = store;
        this.clock = clock;
        this.maxUnwritten = maxUnwritten;
        try {
            var left = store.left();
            aliveBefore = left.alive();
            openBefore = left.open();
            expected = new HashSet<>(left.sources());
        } catch (SQLException e) {
            throw new IOException(
                    "the ledger cannot be read: " + e.getMessage() + "; move it away to start with an empty one", e);
        }
    }

    /** Looks each second from now on; the executor's end ends it. */
    public void start(ScheduledExecutorService executor) {
        if (store == null) {
            return;
        }
        var _ = executor.scheduleWithFixedDelay(this::lookSafely, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void lookSafely() {
        try {
            look();
        } catch (RuntimeException e) { // else the executor would look no more
            LOG.error("the ledger's look failed; it is tried again", e);
        }
    }

    /** One look, and what is due to the file. */
    void look() {
        lock.lock();
        try {
            var file = store;
            if (over || file == null) {
                return;
            }
            var now = now();
            seeLosses(now);
            seeSources(now);
            hasLooked = true;
            if (!unwritten.isEmpty()
                    || !come.isEmpty()
                    || !gone.isEmpty()
                    || !now.isBefore(written.plus(ALIVE_EVERY))) {
                write(file, now);
            }
        } finally {
            lock.unlock();
        }
    }

    private Instant now() {
        return Instant.ofEpochMilli(clock.epochNanos() / 1_000_000);
    }

    private void seeLosses(Instant now) {
        for (var worker : eyes.workers().get()) {
            var known = losses.put(worker.id(), worker.losses());
            if (known != null && known < worker.losses()) {
                lostAt.put(worker.id(), now);
            }
        }
    }

    private void seeSources(Instant now) {
        looks++;
        var seen = new SourceGaps.Circumstances(looks, now, worker -> isLost(worker, now), blocked());
        int count = 0;
        String after = null;
        do {
            var page = eyes.sources().apply(new SourceQuery(null, null, after, PAGE));
            for (var status : page.sources()) {
                look(status.source().id().value(), status, seen);
                count++;
            }
            after = page.next();
        } while (after != null);
        if (count < sources.size()) {
            forgetMissed(now);
        }
        forgetExpected(now);
    }

    /** Those that this look has not seen are no longer known to the machine. */
    private void forgetMissed(Instant now) {
        for (var all = sources.entrySet().iterator(); all.hasNext(); ) {
            var source = all.next();
            if (source.getValue().lastLook() == looks) {
                continue;
            }
            source.getValue().gone(now).forEach(this::note);
            come.remove(source.getKey());
            gone.add(source.getKey());
            all.remove();
        }
    }

    private void look(String id, SourceStatus status, SourceGaps.Circumstances seen) {
        var gaps = sources.get(id);
        if (gaps == null) {
            gaps = begun(id);
            sources.put(id, gaps);
        }
        gaps.look(status, seen).forEach(this::note);
    }

    private SourceGaps begun(String id) {
        gone.remove(id);
        if (expected.remove(id) && aliveBefore != null) {
            var gaps = SourceGaps.behind(id, aliveBefore, openBefore.get(id));
            if (!openBefore.containsKey(id)) {
                note(new Gap(id, aliveBefore, null, Cause.MACHINE_DOWN, ""));
            }
            return gaps;
        }
        come.add(id);
        return new SourceGaps(id);
    }

    /** What the first look does not see was taken away while no machine ran. */
    private void forgetExpected(Instant now) {
        for (var id : expected) {
            var gap = openBefore.get(id);
            if (gap != null) {
                note(gap.until(aliveBefore == null ? now : aliveBefore));
            }
            gone.add(id);
        }
        expected.clear();
    }

    private boolean isLost(WorkerId worker, Instant now) {
        var at = lostAt.get(worker);
        return at != null && at.plus(LOSS_EXPLAINS).isAfter(now);
    }

    /** Asked for few sources, and costly: once a look. */
    private BooleanSupplier blocked() {
        var known = new Boolean[1];
        return () -> {
            if (known[0] == null) {
                known[0] = eyes.alarms().get().stream().anyMatch(alarm -> alarm.kind() == Alarm.Kind.SINK);
            }
            return known[0];
        };
    }

    private void note(Gap gap) {
        unwritten.put(new Key(gap.source(), gap.from()), gap);
        if (unwritten.size() > maxUnwritten) {
            var eldest = unwritten.keySet().iterator();
            eldest.next();
            eldest.remove();
            dropped++;
        }
    }

    private void write(LedgerStore file, Instant now) {
        try {
            file.save(new LedgerStore.News(unwritten.values(), come, gone, now));
            unwritten.clear();
            come.clear();
            gone.clear();
            written = now;
            if (!now.isBefore(trimmed.plus(TRIM_EVERY))) {
                file.trim(now);
                trimmed = now;
            }
            if (!trouble.isEmpty()) {
                LOG.info("the ledger is written again");
                trouble = "";
            }
        } catch (SQLException e) {
            var why = String.valueOf(e.getMessage());
            if (!why.equals(trouble)) {
                LOG.error("the ledger cannot be written, what is new waits: {}", why);
            }
            if (trouble.isEmpty()) {
                troubleSince = now;
            }
            trouble = why;
        }
    }

    /**
     * What {@code GET /api/v1/ledger} tells; the names are the contract, here and below.
     *
     * @param since before that nothing, or not all, is known; null: nothing is yet
     * @param sources those with a gap in the window, or the one that was asked for
     * @param causes of all gaps in the window, also of those that found no room
     * @param complete how many others were known and had none
     * @param completeness over all sources, 0 to 1; null: none was wanted
     * @param more the oldest gaps in the window found no room in the answer; the sums are of all
     * @param dropped gaps that could not be written, since start
     * @param trouble why the file cannot be written now; empty: it can
     */
    public record Told(
            String from,
            String to,
            @Nullable String since,
            List<OfSource> sources,
            List<OfCause> causes,
            int complete,
            @Nullable Double completeness,
            boolean more,
            long dropped,
            String trouble) {}

    /** @param completeness of the time in which it was wanted, the share without a gap; null: it was not wanted */
    public record OfSource(
            String source,
            double wantedSeconds,
            double missingSeconds,
            @Nullable Double completeness,
            List<Interval> gaps) {}

    /** @param seconds in the window */
    public record OfCause(String cause, int sources, int gaps, double seconds) {}

    /** @param to null: it lasts */
    public record Interval(String from, @Nullable String to, double seconds, String cause, String detail) {}

    /**
     * What is known of a window.
     *
     * @param source null: all
     * @param from null: a day before its end
     * @param to null: now
     * @param limit how many gaps at the most, the newest
     * @throws IllegalArgumentException it ends before it begins
     * @throws IOException the file cannot be read now
     */
    public Told told(@Nullable String source, @Nullable Instant from, @Nullable Instant to, int limit)
            throws IOException {
        var now = now();
        var until = to == null ? now : to;
        var begin = from == null ? until.minus(Duration.ofDays(1)) : from;
        if (!begin.isBefore(until)) {
            throw new IllegalArgumentException("from " + begin + " must be before to " + until);
        }
        try { // it may take seconds: no look waits for it
            var answer = newest(now).answer(new LedgerStore.Query(source, begin, until, limit + 1), now);
            return told(begin, until, now, source, answer, limit);
        } catch (SQLException e) {
            throw new IOException("the ledger cannot be read: " + e.getMessage(), e);
        }
    }

    private LedgerStore newest(Instant now) throws IOException {
        lock.lock();
        try {
            var file = store;
            if (file == null) {
                throw new IOException("no gaps are kept: " + trouble);
            }
            if (!unwritten.isEmpty() && trouble.isEmpty() && !over) {
                write(file, now);
            }
            return file;
        } finally {
            lock.unlock();
        }
    }

    /** That gaps are not kept. */
    public List<Alarm> alarms() {
        lock.lock();
        try {
            return trouble.isEmpty()
                    ? List.of()
                    : List.of(
                            new Alarm(Alarm.Kind.DISK, "ledger", troubleSince, "the ledger keeps no gaps: " + trouble));
        } finally {
            lock.unlock();
        }
    }

    private Told told(
            Instant from, Instant to, Instant now, @Nullable String source, LedgerStore.Answer answer, int limit) {
        long droppedSoFar;
        String why;
        lock.lock();
        try {
            droppedSoFar = dropped;
            why = trouble;
        } finally {
            lock.unlock();
        }
        boolean more = answer.gaps().size() > limit;
        var bySource = new HashMap<String, List<Interval>>();
        answer.gaps().stream()
                .limit(limit)
                .sorted(Comparator.comparing(Gap::from))
                .forEach(gap -> bySource.computeIfAbsent(gap.source(), _ -> new ArrayList<>())
                        .add(interval(gap, now)));
        var listed = new ArrayList<OfSource>();
        int complete = 0;
        long wantedMillis = 0;
        long missingMillis = 0;
        for (var sum : answer.sums()) {
            long wanted = Math.max(0, sum.known().minus(sum.unwanted()).toMillis());
            long missing = Math.min(wanted, sum.missing().toMillis());
            wantedMillis += wanted;
            missingMillis += missing;
            var gaps = bySource.getOrDefault(sum.source(), List.of());
            if (gaps.isEmpty() && missing == 0 && source == null) {
                complete++;
            } else {
                listed.add(new OfSource(sum.source(), wanted / 1e3, missing / 1e3, share(wanted, missing), gaps));
            }
        }
        var since = answer.since();
        return new Told(
                from.toString(),
                to.toString(),
                since == null ? null : since.toString(),
                listed,
                answer.causes().stream()
                        .map(of -> new OfCause(
                                of.cause().name(),
                                of.sources(),
                                of.gaps(),
                                of.inWindow().toMillis() / 1e3))
                        .toList(),
                complete,
                share(wantedMillis, missingMillis),
                more,
                droppedSoFar,
                why);
    }

    private static @Nullable Double share(long wantedMillis, long missingMillis) {
        return wantedMillis == 0 ? null : 1 - (double) missingMillis / wantedMillis;
    }

    private static Interval interval(Gap gap, Instant now) {
        var to = gap.to();
        return new Interval(
                gap.from().toString(),
                to == null ? null : to.toString(),
                Duration.between(gap.from(), to == null ? now : to).toMillis() / 1e3,
                gap.cause().name(),
                gap.detail());
    }

    /** The last look is over; what waits is written, and the file closed. A second call does nothing. */
    @Override
    public void close() {
        lock.lock();
        try {
            var file = store;
            if (over || file == null) {
                return;
            }
            over = true;
            if (hasLooked) { // else the time in which no machine ran would end here
                write(file, now());
            }
            file.close();
        } catch (SQLException e) {
            LOG.warn("closing the ledger", e);
        } finally {
            lock.unlock();
        }
    }
}
