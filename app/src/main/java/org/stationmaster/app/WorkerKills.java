package org.stationmaster.app;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.MachineView;
import org.stationmaster.core.api.MachineView.Quantiles;
import org.stationmaster.core.api.MachineView.SourceQuery;
import org.stationmaster.core.api.MachineView.SourceStatus;
import org.stationmaster.core.api.MachineView.WorkerState;
import org.stationmaster.core.api.MachineView.WorkerStatus;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.SourceState;
import org.stationmaster.core.api.WorkerId;

/**
 * Kills worker processes of a machine in turn, with SIGKILL, and measures how long each of their sources takes until it is
 * RUNNING again under a new epoch. Only sources that were RUNNING count. One thread.
 */
final class WorkerKills {
    private static final Logger LOG = LoggerFactory.getLogger("demo");
    private static final Duration RECOVERY_LIMIT = Duration.ofSeconds(10);
    private static final long HIGHEST_MICROS = TimeUnit.HOURS.toMicros(1);

    private final Clock clock;
    private final Map<String, List<Long>> heldAtEpochNanos = new HashMap<>();
    private final List<Recovery> kills = new ArrayList<>();
    private final Histogram all = new Histogram(HIGHEST_MICROS, 3);
    private int next;

    /**
     * One kill and what came of it.
     *
     * @param at since the beginning of the demo
     * @param sources RUNNING in the worker when it was killed
     * @param back those of them that are RUNNING again
     */
    record Kill(WorkerId worker, long pid, Duration at, int sources, int back, Quantiles recoveryMillis) {
        boolean isOver() {
            return back == sources;
        }
    }

    /** A kill as it goes on. */
    private static final class Recovery {
        private final WorkerStatus worker;
        private final Duration at;
        private final int sources;
        /** Sources that are not back, with the epoch that was killed. */
        private final Map<SourceId, Long> missing;

        private final Histogram micros = new Histogram(HIGHEST_MICROS, 3);
        private long killedNanos;

        private Recovery(WorkerStatus worker, Duration at, Map<SourceId, Long> held) {
            this.worker = worker;
            this.at = at;
            this.sources = held.size();
            this.missing = held;
        }

        private Kill kill() {
            return new Kill(
                    worker.id(), worker.pid(), at, sources, sources - missing.size(), LatencyLogs.quantiles(micros));
        }
    }

    WorkerKills(Clock clock) {
        this.clock = clock;
    }

    /**
     * Kills the next worker that is READY.
     *
     * @param at since the beginning of the demo
     * @return false when there is none: they are on their way
     */
    boolean kill(MachineView view, Duration at) {
        var workers = view.workers();
        for (int i = 0; i < workers.size(); i++) {
            var worker = workers.get((next + i) % workers.size());
            var process = worker.state() == WorkerState.READY ? own(worker.pid()) : Optional.<ProcessHandle>empty();
            if (process.isPresent()) {
                next = (worker.id().index() + 1) % workers.size();
                kill(view, worker, process.get(), at);
                return true;
            }
        }
        return false;
    }

    /** A process that this one has started: a number alone may be anybody's by now. */
    private static Optional<ProcessHandle> own(long pid) {
        return ProcessHandle.current()
                .children()
                .filter(child -> child.pid() == pid && child.isAlive())
                .findAny();
    }

    private void kill(MachineView view, WorkerStatus worker, ProcessHandle process, Duration at) {
        var recovery = new Recovery(worker, at, running(view, worker.id()));
        long atEpochNanos = clock.epochNanos();
        held(view, worker.id(), null)
                .forEach(source -> heldAtEpochNanos
                        .computeIfAbsent(source.source().id().toString(), id -> new ArrayList<>())
                        .add(atEpochNanos));
        recovery.killedNanos = clock.nanoTime();
        boolean done = process.destroyForcibly();
        LOG.info(
                "kill -9 {}: worker {}, {} running sources{}",
                worker.pid(),
                worker.id(),
                recovery.sources,
                done ? "" : "; it is gone already");
        kills.add(recovery);
    }

    private static Map<SourceId, Long> running(MachineView view, WorkerId worker) {
        var running = new HashMap<SourceId, Long>();
        held(view, worker, SourceState.RUNNING)
                .forEach(source -> running.put(source.source().id(), source.epoch()));
        return running;
    }

    private static List<SourceStatus> held(MachineView view, WorkerId worker, @Nullable SourceState state) {
        var held = new ArrayList<SourceStatus>();
        String after = null;
        do {
            var page = view.sources(new SourceQuery(null, state, after, SourceQuery.MAX_LIMIT));
            for (var source : page.sources()) {
                var slot = source.slot();
                if (slot != null && slot.worker().equals(worker)) {
                    held.add(source);
                }
            }
            after = page.next();
        } while (after != null);
        return held;
    }

    /** When workers that held the source were killed. */
    SourceAudit.Kills of(String source, double ratePerSecond) {
        return new SourceAudit.Kills(heldAtEpochNanos.getOrDefault(source, List.of()), (int) Math.ceil(ratePerSecond));
    }

    /** Looks for sources that are back; to be called each few milliseconds while {@link #isRecovering}. */
    void look(MachineView view) {
        for (var recovery : kills) {
            if (!recovery.missing.isEmpty()) {
                recovery.missing.entrySet().removeIf(missing -> isBack(view, recovery, missing));
                if (recovery.missing.isEmpty()) {
                    LOG.info("{}", words(recovery.kill()));
                }
            }
        }
    }

    private boolean isBack(MachineView view, Recovery recovery, Map.Entry<SourceId, Long> missing) {
        var source = view.source(missing.getKey());
        boolean back = source.isPresent()
                && source.get().epoch() > missing.getValue()
                && source.get().state() == SourceState.RUNNING;
        if (back) {
            long micros = Math.clamp((clock.nanoTime() - recovery.killedNanos) / 1_000L, 0, HIGHEST_MICROS);
            recovery.micros.recordValue(micros);
            all.recordValue(micros);
        }
        return back;
    }

    /** Whether the workers are up and nothing is missing of what was killed before: the next may be killed. */
    boolean isOver(MachineView view) {
        return !isRecovering() && view.workers().stream().allMatch(worker -> worker.state() == WorkerState.READY);
    }

    /** Kills so long ago that all their sources should run again, and some do not; for people. */
    List<String> failed(Duration now) {
        return kills().stream()
                .filter(kill -> !kill.isOver() && now.minus(kill.at()).compareTo(RECOVERY_LIMIT) > 0)
                .map(kill -> (kill.sources() - kill.back()) + " of " + Numbers.count(kill.sources(), "source") + " of "
                        + kill.worker() + " did not run again within " + RECOVERY_LIMIT.toSeconds() + " s of its kill")
                .toList();
    }

    /** Whether sources of a killed worker are not back yet. */
    boolean isRecovering() {
        return kills.stream().anyMatch(recovery -> !recovery.missing.isEmpty());
    }

    /** All kills, the first first. */
    List<Kill> kills() {
        return kills.stream().map(Recovery::kill).toList();
    }

    /** From the kill to RUNNING again, over the sources of all kills. */
    Quantiles recoveryMillis() {
        return LatencyLogs.quantiles(all);
    }

    /** The last kill, for people. */
    Optional<String> last() {
        return kills.isEmpty()
                ? Optional.empty()
                : Optional.of(words(kills.getLast().kill()));
    }

    static String words(Kill kill) {
        var q = kill.recoveryMillis();
        return "killed " + kill.worker() + " (pid " + kill.pid() + ") at " + Numbers.clock(kill.at()) + ": "
                + kill.back()
                + " of " + Numbers.count(kill.sources(), "source") + (kill.back() == 1 ? " runs again" : " run again")
                + (q.count() == 0
                        ? ""
                        : ", after p50 " + Numbers.millis(q.p50()) + " p99 " + Numbers.millis(q.p99()) + " max "
                                + Numbers.millis(q.max()) + " ms");
    }
}
