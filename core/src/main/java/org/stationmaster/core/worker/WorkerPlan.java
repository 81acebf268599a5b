package org.stationmaster.core.worker;

import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.MachineView.SlotEvent;
import org.stationmaster.core.api.TaskScheduler;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.core.state.ObservedWriter;

/**
 * What the workers of a machine have in common.
 *
 * @param connectsPerSecond of the whole machine, to one host and port beyond loopback
 * @param loopbackConnectsPerSecond the same on loopback
 * @param outletLimitBytes what an outlet of a worker (it has two) may have on the way to the sinks before reading stops
 * @param restLimitBytes what the sessions of a worker may leave unread, together
 * @param calls where stations that call in are met
 * @param threads makes the workers' threads
 */
public record WorkerPlan(
        MachineSize size,
        TaskScheduler scheduler,
        Delivery delivery,
        Consumer<SlotEvent> events,
        Consumer<WorkerReport> reports,
        Resolver resolver,
        Calls calls,
        double connectsPerSecond,
        double loopbackConnectsPerSecond,
        long outletLimitBytes,
        long restLimitBytes,
        Clock clock,
        Supplier<RandomGenerator> random,
        ThreadFactory threads) {
    /** A rested bucket holds ten seconds' worth of connects: 200 of 20 a second. */
    private static final double BURST_SECONDS = 10;

    /** The share of the heap that all outlets may fill, and the share that all unread rests may: an eighth each. */
    private static final int HEAP_PARTS = 8;

    private static final int OUTLETS = 2;
    private static final long SMALLEST_OUTLET_LIMIT_BYTES = 1L << 20;
    /** Room for one frame of 1 MiB, whose buffer grows by doubling. */
    private static final long SMALLEST_REST_LIMIT_BYTES = 4L << 20;

    /** Unless set: 16 MiB, or less when the heap is small for so many workers. */
    public static long defaultOutletLimitBytes(int workers, long heapBytes) {
        return Math.clamp(
                heapBytes / HEAP_PARTS / OUTLETS / workers, SMALLEST_OUTLET_LIMIT_BYTES, Outlet.DEFAULT_LIMIT_BYTES);
    }

    /** A worker's share of an eighth of the heap. */
    public static long restLimitBytes(int workers, long heapBytes) {
        return Math.max(SMALLEST_REST_LIMIT_BYTES, heapBytes / HEAP_PARTS / workers);
    }

    /** Makes and starts a worker in this JVM. */
    public Worker startThread(WorkerId id, ObservedWriter table) {
        return start(id, clock.epochNanos(), Usage.OF_A_THREAD, () -> {}, table);
    }

    /**
     * The same in a JVM that exists for this worker alone.
     *
     * @param onBeat runs on the loop with each beat, the first time perhaps before this returns
     */
    ThreadWorker startHosted(WorkerId id, long incarnation, Runnable onBeat, ObservedWriter table) {
        return start(id, incarnation, new ProcessUsage(), onBeat, table);
    }

    private ThreadWorker start(WorkerId id, long incarnation, Usage usage, Runnable onBeat, ObservedWriter table) {
        var remote = rate(connectsPerSecond, BURST_SECONDS);
        var loopback = rate(loopbackConnectsPerSecond, 1);
        var parts = new WorkerCore.Parts(
                id,
                size.slots(),
                scheduler,
                delivery,
                table,
                events,
                reports,
                new ConnectBudget(remote.share(size.workers()), loopback.share(size.workers())),
                outletLimitBytes,
                restLimitBytes,
                clock,
                random.get(),
                Thread.ofVirtual().factory());
        return new ThreadWorker(parts, incarnation, usage, onBeat, resolver, calls, threads);
    }

    private static ConnectBudget.Rate rate(double perSecond, double burstSeconds) {
        return new ConnectBudget.Rate(perSecond, Math.max(1, perSecond * burstSeconds));
    }
}
