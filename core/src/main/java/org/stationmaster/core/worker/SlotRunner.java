package org.stationmaster.core.worker;

import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.CommandOutcome;
import org.stationmaster.core.api.CommandReply;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.StationRecord;
import org.stationmaster.core.api.Task;
import org.stationmaster.core.state.Observed;
import org.stationmaster.core.state.Total;

/**
 * One slot: holds at most one activation, and brings what is to what should be. Lives on the loop.
 *
 * <p>An order only changes what is wanted; {@link #reconcile} makes the next legal move. Whatever the interleaving of
 * orders, connections and timers, the old run has ended before a new one begins: one slot is one task at most.
 */
final class SlotRunner implements TaskRun.Listener {
    /** Attempts in a row, without a record or without a good life, after which a source counts as failing. */
    static final int FAILING_ATTEMPTS = 3;
    /** So many times bytes that are no record, and no record: once, a connection may have begun in the middle of one. */
    private static final int ALIEN = 2;

    /** A connection that lived this long and brought a record was a good one. */
    static final long GOOD_LIFE_NANOS = 30_000_000_000L;

    /** How long a task that was told to end may take before it is told of. */
    static final long HUNG_NANOS = 5_000_000_000L;

    private static final String DOES_NOT_END = "the task was told to end and goes on: it ignores its interrupt";
    private static final String WAITS_FOR_ITS_TURN =
            "waits for its turn to connect: many connects go to its host and port";
    private static final String DOES_NOT_LAST =
            "records come, but no connection lasts 30 s (does somebody else connect to the station?); the last: ";
    private static final String NOT_CALLED = "not called";
    /** A called source that ended sooner, or failed, takes its next call after this. */
    private static final long CALL_REST_NANOS = 1_000_000_000L;

    private static final Total[] TOTALS = Total.values();

    /** What the slot should hold. */
    private record Wanted(Source source, long epoch, long acceptedNanos) {}

    private final SlotId id;
    private final WorkerCore core;

    private @Nullable Wanted wanted;
    /** The last epoch that was wanted, whether it began or not: what the supervisor waits for when nothing is. */
    private long lastWantedEpoch;

    private boolean pauseWanted;
    /** The activation whose first start is being timed; null when it was seen, or something else came first. */
    private @Nullable Wanted waking;

    private SlotState state = SlotState.IDLE;
    private long sinceNanos;
    private @Nullable Activation activation;
    private @Nullable Task task;
    private @Nullable TaskRun run;
    private @Nullable Backoff backoff;
    private EndReason reason = EndReason.NONE;
    private String detail = "";
    private String toldCorruption = "";
    /** How the last call ended, while the next is waited for; else null. */
    private WorkerReport.@Nullable Ended beforeTheCall;
    /** Whether it has looked for one more call while it stops, or must not. */
    private boolean lastCallTaken;

    private int recordlessAttempts;
    /** Connections in a row that brought records and were no good ones. */
    private int shortLives;

    private boolean connectedOnce;

    /** When the current state began to be judged, by the monotonic clock. */
    private long judgedFromNanos;
    /** BACKOFF: when to try again. */
    private long dueNanos;

    private boolean awaitingBudget;
    /** When the run was first seen told to end and still there; 0: it is not. */
    private long closedFromNanos;

    private long recordsAtConnect;
    private long corruptAtConnect;
    private long connectedNanos;
    private @Nullable Drain drain;

    private final long[] published = new long[TOTALS.length];

    SlotRunner(SlotId id, WorkerCore core) {
        this.id = id;
        this.core = core;
    }

    // ---- orders

    void activate(Source source, long epoch, boolean paused, long acceptedNanos) {
        wanted = new Wanted(source, epoch, acceptedNanos);
        lastWantedEpoch = epoch;
        pauseWanted = paused;
        reconcile();
    }

    void release(long epoch, boolean atOnce) {
        var target = wanted;
        if (target == null || target.epoch() != epoch) {
            if (atOnce && isStopping()) {
                lastCallTaken = true;
                abortRun();
            }
            return;
        }
        wanted = null;
        lastCallTaken |= atOnce;
        reconcile();
        if (atOnce) {
            abortRun();
        }
    }

    void pause(long epoch, boolean paused) {
        var target = wanted;
        if (target != null && target.epoch() == epoch) {
            pauseWanted = paused;
            var held = activation;
            if (held != null && held.epoch() == epoch) {
                core.holds(held.source(), paused);
            }
            reconcile();
        }
    }

    void send(long epoch, byte[] command, CommandReply reply) {
        var target = wanted;
        var running = run;
        if (target == null || target.epoch() != epoch) {
            reply.refuse(CommandOutcome.NO_TASK, "the source has been given another slot or epoch");
        } else if (pauseWanted) {
            reply.refuse(CommandOutcome.PAUSED, "the source is paused");
        } else if (running == null || state != SlotState.RUNNING) {
            reply.refuse(CommandOutcome.NOT_CONNECTED, "there is no connection at the moment");
        } else {
            running.send(command, reply);
        }
    }

    // ---- the next legal move

    private void reconcile() {
        var target = wanted;
        var held = activation;
        if (held == null) {
            if (target != null) {
                begin(target);
            }
        } else if (target == null || target.epoch() != held.epoch()) {
            stop();
        } else if (pauseWanted && state != SlotState.PAUSED) {
            rest();
        } else if (!pauseWanted && state == SlotState.PAUSED) {
            move(SlotState.STARTING);
            attempt();
        }
    }

    private void begin(Wanted target) {
        var held = new Activation(id, target.source(), target.epoch());
        activation = held;
        backoff = new Backoff(core.random());
        reason = EndReason.NONE;
        detail = "";
        toldCorruption = "";
        beforeTheCall = null;
        lastCallTaken = false;
        recordlessAttempts = 0;
        shortLives = 0;
        connectedOnce = false;
        java.util.Arrays.fill(published, 0);
        core.holds(this);
        core.holds(target.source(), pauseWanted);
        waking = target;
        move(SlotState.STARTING);
        if (pauseWanted) {
            rest();
        } else {
            attempt();
        }
    }

    private void stop() {
        if (state == SlotState.STOPPING) {
            return;
        }
        boolean rested = state == SlotState.BACKOFF;
        move(SlotState.STOPPING);
        if (run != null) {
            endRun();
        } else if (!rested || !takesLastCall()) {
            becomeIdle();
        }
    }

    /** A call that came while the slot rested, or ended the one before, is read to its end, too. */
    private boolean takesLastCall() {
        var held = activation;
        var made = task;
        if (held == null || made == null || lastCallTaken || !held.source().isDialIn()) {
            return false;
        }
        lastCallTaken = true;
        try {
            attempt(held, made);
        } catch (RuntimeException | Error e) { // user code, or a task that is not called: it is over all the same
            run = null;
            return false;
        }
        if (core.isWaitingForCall(held.source())) {
            abortRun(); // there is none
        }
        return true;
    }

    private void rest() {
        if (state == SlotState.STOPPING) {
            return;
        }
        awaitingBudget = false;
        waking = null;
        if (run == null) {
            move(SlotState.PAUSED);
        } else {
            endRun();
        }
    }

    /**
     * Ends the run in order when it is connected, see {@link Drain}; at once when it is not. {@link #ended} follows.
     */
    private void endRun() {
        var running = run;
        if (running == null || drain != null) {
            return;
        }
        if (connectedNanos == 0) {
            abortRun();
        } else {
            var begun = new Drain(running, core.loop());
            drain = begun;
            begun.begin();
        }
    }

    private void abortRun() {
        var running = run;
        if (running != null) {
            running.abort(EndReason.TOLD, "told to");
        }
    }

    private void becomeIdle() {
        var held = activation;
        if (held == null) {
            return;
        }
        countNew(held);
        activation = null;
        task = null;
        backoff = null;
        core.handOff();
        move(SlotState.IDLE, held);
        core.letsGo(this);
        core.letsGo(held.source());
        core.report(new WorkerReport.Idle(id, wanted == null ? lastWantedEpoch : held.epoch()));
        reconcile();
    }

    private void attempt() {
        var held = activation;
        if (held == null) {
            return;
        }
        try {
            var made = task == null ? core.taskFor(held.source()) : task;
            task = made;
            attempt(held, made);
        } catch (RuntimeException | Error e) { // user code: it ends this attempt and nothing else, and is counted
            run = null;
            waking = null;
            core.ends(EndReason.TASK_FAILED);
            failed(EndReason.TASK_FAILED, Failures.describe(e), 0);
        }
    }

    private void attempt(Activation held, Task made) {
        if (!core.mayConnect(held.source(), made)) {
            waking = null; // what it waits for from here on is its turn, not its slot
            if (!awaitingBudget && !detail.equals(WAITS_FOR_ITS_TURN)) {
                detail = WAITS_FOR_ITS_TURN;
                core.report(new WorkerReport.Ended(id, held.epoch(), reason, detail));
            }
            awaitingBudget = true;
            return;
        }
        awaitingBudget = false;
        judgedFromNanos = core.now();
        connectedNanos = 0;
        recordsAtConnect = held.records();
        corruptAtConnect = held.corrupt.get();
        var started = core.newRun(made, held, this);
        run = started;
        if (held.source().isDialIn()) {
            awaitCall(held);
        }
        started.start();
        if (state == SlotState.STARTING && run == started && hasNoCall(held.source())) {
            wanted = null; // the supervisor has given it the slot for a call, and does so again for the next
            stop();
        }
    }

    private boolean hasNoCall(Source source) {
        return source.isDialIn() && core.letsGoUncalled(source) && core.isWaitingForCall(source);
    }

    private void awaitCall(Activation held) {
        beforeTheCall = new WorkerReport.Ended(id, held.epoch(), reason, detail);
        detail = detail.isEmpty() ? NOT_CALLED : NOT_CALLED + "; the last call: " + reason + ", " + detail;
        reason = EndReason.NOT_CALLED;
        publish(held);
        core.report(new WorkerReport.Ended(id, held.epoch(), reason, detail));
    }

    /** The wait for a call is over, one way or another: the last end is what there is to tell again. */
    private void awaitNoCall() {
        var before = beforeTheCall;
        if (before != null) {
            beforeTheCall = null;
            reason = before.reason();
            detail = before.detail();
            core.report(before);
        }
    }

    /** A connection is being made for others with the same key: an attempt costs nothing now. */
    void hasten(SharedConnections.Key sharedKey) {
        var held = activation;
        if (state == SlotState.BACKOFF
                && held != null
                && task instanceof Task.Shared shared
                && SharedConnections.key(held.source(), shared).equals(sharedKey)) {
            move(SlotState.STARTING);
            attempt();
        }
    }

    /** Another source has reached its host again: it tries within a second, as the budget of the host's port lets it. */
    void hostReturned(String host, long nowNanos) {
        var held = activation;
        if (state == SlotState.BACKOFF
                && held != null
                && isUnreached()
                && held.source().host().equalsIgnoreCase(host)) {
            long soon = nowNanos + (long) (Backoff.FIRST_NANOS * core.random().nextDouble());
            dueNanos = dueNanos - soon > 0 ? soon : dueNanos;
        }
    }

    private boolean isUnreached() {
        return reason == EndReason.UNREACHABLE || reason == EndReason.CONNECT_TIMEOUT;
    }

    // ---- what the run tells

    @Override
    public void started(TaskRun from, long nanoTime) {
        var timed = waking;
        if (timed != null && timed.epoch() == from.epoch()) {
            waking = null;
            core.woken(nanoTime - timed.acceptedNanos());
        }
    }

    @Override
    public void running(TaskRun from) {
        var held = activation;
        if (from != run || held == null || connectedNanos != 0) {
            return;
        }
        connectedNanos = Math.max(1, core.now());
        judgedFromNanos = core.now();
        if (connectedOnce) {
            held.reconnects++;
        }
        connectedOnce = true;
        if (isUnreached()) {
            core.returned(held.source().host());
        }
        awaitNoCall();
        if (detail.equals(WAITS_FOR_ITS_TURN)) {
            detail = "";
            core.report(new WorkerReport.Ended(id, held.epoch(), reason, detail));
        }
        if (state == SlotState.STARTING) {
            move(SlotState.RUNNING);
        } else if (state == SlotState.STOPPING) {
            endRun(); // the last call
        }
    }

    @Override
    public void ended(TaskRun from, EndReason why, String words) {
        var held = activation;
        if (from != run || held == null) {
            return;
        }
        run = null;
        drain = null;
        closedFromNanos = 0;
        awaitNoCall();
        core.ends(why);
        if (state == SlotState.STOPPING) {
            if (connectedNanos == 0 || !takesLastCall()) {
                becomeIdle();
            }
        } else if (pauseWanted) {
            move(SlotState.PAUSED);
        } else if (why == EndReason.TOLD) {
            // paused and resumed while it drained: go on as if nothing had been said
            if (state == SlotState.RUNNING) {
                move(SlotState.BACKOFF);
            }
            if (state == SlotState.BACKOFF) {
                move(SlotState.STARTING);
            }
            attempt();
        } else {
            failed(why, words, from.leastBackoffNanos());
        }
    }

    @Override
    public void late() {
        core.late();
    }

    @Override
    public Positions.Kept kept(TaskRun from) {
        return core.kept(from.source().id());
    }

    @Override
    public void odd(TaskRun from, String words) {
        core.loop().execute(() -> core.tell(from.source(), EndReason.NONE, words));
    }

    private void failed(EndReason why, String told, long leastBackoffNanos) {
        var held = activation;
        var pause = backoff;
        if (held == null || pause == null) {
            return;
        }
        if (held.records() == recordsAtConnect) {
            recordlessAttempts++;
        } else if (hasLasted()) {
            recordlessAttempts = 0;
            shortLives = 0;
            pause.reset();
        } else {
            recordlessAttempts = 0;
            shortLives += held.source().isDialIn() ? 0 : 1; // who calls may have said all
        }
        boolean brought = recordlessAttempts == 0;
        String words = brought && shortLives >= FAILING_ATTEMPTS ? DOES_NOT_LAST + told : told;
        boolean news = reason != why || !detail.equals(words);
        reason = why;
        detail = words;
        long least =
                why == EndReason.REFUSED ? Math.max(leastBackoffNanos, Backoff.REFUSED_FLOOR_NANOS) : leastBackoffNanos;
        long rest = held.source().isDialIn() ? callRestNanos(why) : pause.next(least);
        dueNanos = core.now() + rest;
        move(SlotState.BACKOFF);
        if (news) {
            core.report(new WorkerReport.Ended(id, held.epoch(), why, words));
            core.tell(held.source(), why, words);
        }
        if (rest == 0) {
            move(SlotState.STARTING);
            attempt();
        }
    }

    private boolean hasLasted() {
        return connectedNanos != 0 && core.now() - connectedNanos >= GOOD_LIFE_NANOS;
    }

    /** To wait for a call hammers nobody: only what ends at once, or fails, gets a rest. */
    private long callRestNanos(EndReason why) {
        return switch (why) {
            case ENDED, RESET, SILENT ->
                connectedNanos != 0 && core.now() - connectedNanos >= CALL_REST_NANOS ? 0 : CALL_REST_NANOS;
            case NONE, UNREACHABLE, CONNECT_TIMEOUT, TLS, CORRUPT, REFUSED, TASK_FAILED, TOLD, NO_ROOM, NOT_CALLED ->
                CALL_REST_NANOS;
        };
    }

    // ---- time

    /** Judges what is due. Not called when the loop itself ran late; see {@link #forgive}. */
    void tick(long now) {
        switch (state) {
            case STARTING -> judgeStart(now);
            case RUNNING -> {
                tickRun(now);
                judgeSilence(now);
            }
            case BACKOFF -> {
                if (now - dueNanos >= 0) {
                    move(SlotState.STARTING);
                    attempt();
                }
            }
            case IDLE, PAUSED, STOPPING -> {}
        }
        judgeEnd(now);
        publishIfNew();
    }

    private void tickRun(long now) {
        var running = run;
        if (running != null && drain == null) {
            running.tick(now);
        }
    }

    /** A task that was told to end and does not: its slot cannot be used, which an operator must know. */
    private void judgeEnd(long now) {
        var running = run;
        var held = activation;
        if (running == null || held == null || running.isOpen()) {
            return;
        }
        if (closedFromNanos == 0) {
            closedFromNanos = Math.max(1, now);
        } else if (now - closedFromNanos >= HUNG_NANOS && !detail.equals(DOES_NOT_END)) {
            reason = EndReason.TASK_FAILED;
            detail = DOES_NOT_END;
            recordlessAttempts = Math.max(recordlessAttempts, FAILING_ATTEMPTS);
            publish(held);
            core.report(new WorkerReport.Ended(id, held.epoch(), reason, detail));
            core.tell(held.source(), reason, detail);
        }
    }

    private void judgeStart(long now) {
        var running = run;
        var held = activation;
        if (awaitingBudget) {
            attempt();
        } else if (held != null && held.source().isDialIn()) {
            return; // it waits for a call, however long
        } else if (running != null && !(running instanceof BlockingRun) && held != null) {
            long limit = held.source().connectTimeoutMillis() * 1_000_000L;
            if (now - judgedFromNanos >= limit) {
                running.abort(
                        EndReason.CONNECT_TIMEOUT,
                        "no connection within " + held.source().connectTimeoutMillis() + " ms");
            }
        } else {
            judgeSilence(now); // a blocking task connects by itself
        }
    }

    private void judgeSilence(long now) {
        var running = run;
        var held = activation;
        if (running == null || held == null || drain != null || !running.isOpen()) {
            return; // of what was told to end, no limit is judged
        }
        if (running.isBlocked()) {
            judgedFromNanos = now;
            return;
        }
        long from = judgedFromNanos;
        if (held.records() > recordsAtConnect && held.lastRecordNanoTime() - from > 0) {
            from = held.lastRecordNanoTime();
        }
        judgeHealth(held);
        if (now - from >= held.silenceNanos()) {
            held.silences++;
            running.abort(EndReason.SILENT, whyNoRecord(held, running, now));
        }
    }

    /** @param running which has none */
    private String whyNoRecord(Activation held, TaskRun running, long now) {
        boolean isAlien = held.records() == recordsAtConnect
                && (held.corrupt.get() - corruptAtConnect >= ALIEN
                        || running.hasReadSince(now - held.silenceNanos() / 2));
        return "no record for " + held.silenceNanos() / 1_000_000 + " ms"
                + (isAlien
                        ? "; bytes come that are none: is " + held.source().protocol() + " what the station speaks?"
                        : "");
    }

    /** A record ends the attempts without one, and thirty seconds the short lives. */
    private void judgeHealth(Activation held) {
        boolean isWell = recordlessAttempts == 0 && (shortLives == 0 || !hasLasted());
        if (!isWell && held.records() > recordsAtConnect) {
            recordlessAttempts = 0;
            shortLives = hasLasted() ? 0 : shortLives;
            if (shortLives == 0 && detail.startsWith(DOES_NOT_LAST)) {
                detail = detail.substring(DOES_NOT_LAST.length());
                core.report(new WorkerReport.Ended(id, held.epoch(), reason, detail));
            }
            publish(held);
        }
    }

    /** The loop ran late, or could not read: what happened meanwhile is nobody's fault. */
    void forgive(long now) {
        judgedFromNanos = now;
    }

    void reading(boolean allowed) {
        var running = run;
        if (running != null) {
            running.reading(allowed);
            judgedFromNanos = core.now();
        }
        if (drain != null) {
            drain.disturb();
        }
    }

    // ---- what others see

    private void move(SlotState to) {
        var held = activation;
        if (held != null) {
            move(to, held);
        }
    }

    private void move(SlotState to, Activation of) {
        if (!state.moves().contains(to)) {
            throw new IllegalStateException("slot " + id + " cannot go from " + state + " to " + to);
        }
        var from = state;
        state = to;
        sinceNanos = core.epochNanos();
        publish(of);
        core.moved(id, of, from, to, reason, detail);
    }

    private void publishIfNew() {
        var held = activation;
        if (held == null || !countNew(held)) {
            return;
        }
        publish(held);
        var corruption = held.corruption;
        if (!corruption.equals(toldCorruption)) {
            toldCorruption = corruption;
            core.tell(held.source(), EndReason.CORRUPT, corruption);
        }
    }

    /** Adds what is new to the worker's sums; false when nothing is. */
    private boolean countNew(Activation held) {
        boolean any = false;
        for (var total : TOTALS) {
            long value = held.total(total);
            long delta = value - published[total.ordinal()];
            if (delta != 0) {
                published[total.ordinal()] = value;
                if (total != Total.LATE) { // the worker counts those itself: they may come when the slot is long idle
                    core.add(total, delta);
                }
                any = true;
            }
        }
        return any;
    }

    private void publish(Activation held) {
        var _ = countNew(held);
        boolean idle = state == SlotState.IDLE;
        core.publish(
                id.index(),
                new Observed(
                        state,
                        idle ? 0 : held.epoch(),
                        !idle && held.initialised,
                        !idle && isFailing(),
                        reason,
                        idle ? StationRecord.UNKNOWN : held.lastRecordNanos(),
                        idle ? StationRecord.UNKNOWN : held.latencyNanos(),
                        idle ? new long[TOTALS.length] : published.clone(),
                        sinceNanos));
    }

    /** Who runs after attempts without a record is judged by its silence; one whose connections do not last must show that this one does. */
    private boolean isFailing() {
        return shortLives >= FAILING_ATTEMPTS
                || (recordlessAttempts >= FAILING_ATTEMPTS
                        && (state != SlotState.RUNNING || detail.equals(DOES_NOT_END)));
    }

    private boolean isStopping() {
        return state == SlotState.STOPPING;
    }
}
