package org.stationmaster.core.worker;

import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.HdrHistogram.SynchronizedHistogram;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.TaskScheduler;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.core.state.ObservedWriter;

/**
 * What the workers of a machine have in common.
 *
 * @param connectsPerSecond of the whole machine, to one host and port beyond loopback
 * @param loopbackConnectsPerSecond the same on loopback
 * @param outletLimitBytes what a worker may have on the way to the sinks before it stops reading
 * @param threads makes the workers' threads
 */
public record WorkerPlan(
        MachineSize size,
        TaskScheduler scheduler,
        Delivery delivery,
        EventLog events,
        SynchronizedHistogram wakeNanos,
        Consumer<WorkerReport> reports,
        Resolver resolver,
        double connectsPerSecond,
        double loopbackConnectsPerSecond,
        long outletLimitBytes,
        Clock clock,
        Supplier<RandomGenerator> random,
        ThreadFactory threads) {
    /** A rested bucket holds ten seconds' worth of connects: 200 of 20 a second. */
    private static final double BURST_SECONDS = 10;

    /** Unless set: 16 MiB. */
    public static final long DEFAULT_OUTLET_LIMIT_BYTES = Outlet.DEFAULT_LIMIT_BYTES;

    /** Makes and starts a worker in this JVM. */
    public Worker startThread(WorkerId id, ObservedWriter table) {
        var remote = rate(connectsPerSecond, BURST_SECONDS);
        var loopback = rate(loopbackConnectsPerSecond, 1);
        var parts = new WorkerCore.Parts(
                id,
                size.slots(),
                scheduler,
                delivery,
                table,
                events,
                wakeNanos,
                reports,
                new ConnectBudget(remote.share(size.workers()), loopback.share(size.workers())),
                outletLimitBytes,
                clock,
                random.get(),
                Thread.ofVirtual().factory());
        return new ThreadWorker(parts, resolver, threads);
    }

    private static ConnectBudget.Rate rate(double perSecond, double burstSeconds) {
        return new ConnectBudget.Rate(perSecond, Math.max(1, perSecond * burstSeconds));
    }
}
