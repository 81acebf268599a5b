package org.stationmaster.core.machine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.MachineView.Calls;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.worker.Delivery.LaneStatus;
import org.stationmaster.core.worker.Worker;
import org.stationmaster.core.worker.WorkerCommand;

/** The supervisor's book of one worker: its idle slots, its load, and the messages of this turn. */
final class WorkerBook implements Placement.Candidate {
    private final Worker worker;
    /** A stack; the lowest index on top at first. */
    private final int[] idle;

    private int idleCount;
    /** Who holds each slot, or is giving it back; null: nobody. */
    private final @Nullable SourceId[] holders;

    private int heldCount;
    private volatile double load;
    /** What its sources took beyond their charges when they were last measured; negative: less; NaN: they were not. */
    private double excess = Double.NaN;

    /** Room for so many sources more, by the last count; -1: nobody knows. Any thread reads it. */
    private volatile long headroom = -1;

    /** Whether the worker is there. */
    private volatile boolean up;

    /** Which of the processes in this place is told; of a thread, 0. */
    private long incarnation;

    /** Whether it is to be emptied: it is given nothing more. */
    private boolean closed;

    /** How its own sinks are; of a worker that shares the machine's, none. */
    private volatile List<LaneStatus> lanes = List.of();

    /** What the sinks of its dead predecessors had counted. */
    private List<LaneStatus> lanesBefore = List.of();

    private volatile Calls calls = Calls.NONE;
    private Calls callsBefore = Calls.NONE;

    private volatile String lostWhy = "";
    private volatile long lostMillis;
    private volatile String lastLostWhy = "";
    private volatile int losses;
    private List<WorkerCommand> unsent = new ArrayList<>();

    /** @param up false: the worker reports when it is */
    WorkerBook(Worker worker, int slots, boolean up) {
        this.worker = worker;
        this.idle = new int[slots];
        this.holders = new SourceId[slots];
        this.up = up;
        fill();
    }

    private void fill() {
        idleCount = idle.length;
        for (int i = 0; i < idleCount; i++) {
            idle[i] = idleCount - 1 - i;
        }
    }

    /** The worker is there, all of its slots idle. */
    void up(long itsIncarnation) {
        up = true;
        incarnation = itsIncarnation;
        closed = false;
        lostWhy = "";
        lanesBefore = lanes;
        callsBefore = calls;
    }

    /** It gets nothing more until it is up again. */
    void close() {
        closed = true;
    }

    /** It is given sources again. */
    void open() {
        closed = false;
    }

    boolean isClosed() {
        return closed;
    }

    long incarnation() {
        return incarnation;
    }

    /** It ends in order, to come back; all of its slots are idle. */
    void restarts() {
        up = false;
    }

    /** The worker is gone with all that it held. */
    void lost(String why, long wallMillis) {
        up = false;
        lostWhy = why;
        lastLostWhy = why;
        lostMillis = wallMillis;
        int before = losses; // one writer
        losses = before + 1;
        load = 0;
        excess = Double.NaN;
        fill();
        Arrays.fill(holders, null);
        heldCount = 0;
        unsent.clear();
    }

    boolean isUp() {
        return up;
    }

    /** Why it is gone; empty: it is not. */
    String lostWhy() {
        return lostWhy;
    }

    /** How often it was lost. */
    int losses() {
        return losses;
    }

    /** Why it was lost last, also when it is there again; empty: it never was. */
    String lastLostWhy() {
        return lastLostWhy;
    }

    long lostMillis() {
        return lostMillis;
    }

    void lanes(List<LaneStatus> told) {
        lanes = told.stream().map(this::withPredecessors).toList();
    }

    private LaneStatus withPredecessors(LaneStatus lane) {
        return lanesBefore.stream()
                .filter(before -> before.sink().equals(lane.sink()))
                .findFirst()
                .map(lane::plus)
                .orElse(lane);
    }

    /** What its process has counted of those who called in there. */
    void calls(Calls told) {
        calls = callsBefore.plus(told);
    }

    /** The same, of all processes that were in its place. */
    Calls calls() {
        return calls;
    }

    /** Its own sinks, counted over all processes that were in its place. */
    List<LaneStatus> lanes() {
        return lanes;
    }

    Worker worker() {
        return worker;
    }

    @Override
    public int idleSlots() {
        return up && !closed ? idleCount : 0;
    }

    SlotId take(double cost) {
        charge(cost);
        return new SlotId(worker.id(), idle[--idleCount]);
    }

    void giveBack(SlotId slot) {
        holders[slot.index()] = null;
        heldCount--;
        idle[idleCount++] = slot.index();
    }

    /** The slot is the source's, until it is given back. */
    void hold(SlotId slot, SourceId source) {
        heldCount += holders[slot.index()] == null ? 1 : 0;
        holders[slot.index()] = source;
    }

    @Nullable
    SourceId holder(SlotId slot) {
        return holders[slot.index()];
    }

    /** How many slots are held. */
    int held() {
        return heldCount;
    }

    /** Its sources that hold a slot, by slot. */
    Stream<SourceId> holders() {
        return Arrays.stream(holders).filter(Objects::nonNull);
    }

    /** Changes the load by what a source costs. */
    void charge(double cost) {
        double before = load; // one writer
        load = Math.max(0, before + cost);
    }

    /** Any thread. */
    @Override
    public double load() {
        return load;
    }

    /** Its sources took so much beyond their charges; negative: less; NaN: nobody knows. */
    void measured(double beyondCharges) {
        excess = beyondCharges;
    }

    boolean isMeasured() {
        return !Double.isNaN(excess);
    }

    /** The load by what was measured, and as long as nothing was by the charges. */
    double taken() {
        return isMeasured() ? Math.max(0, load + excess) : load;
    }

    /** The load that counts when another source comes: it waits only when both the profile and what was measured say so. */
    double committed() {
        return Math.min(load, taken());
    }

    void headroom(long sources) {
        headroom = sources;
    }

    /** Any thread. */
    long headroom() {
        return headroom;
    }

    void tell(WorkerCommand command) {
        unsent.add(command);
    }

    /** Sends the messages of this turn as one. */
    void send() {
        if (!unsent.isEmpty()) {
            worker.tell(incarnation, unsent);
            unsent = new ArrayList<>();
        }
    }
}
