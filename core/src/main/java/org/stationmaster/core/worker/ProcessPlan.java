package org.stationmaster.core.worker;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.SinkFactory;
import org.stationmaster.core.api.TaskScheduler;
import org.stationmaster.core.api.WorkerId;

/**
 * What the worker processes of a machine have in common.
 *
 * @param mainClass has the {@code main} of a worker process
 * @param stateFile the machine's state table
 * @param crashes the directory for files about a crash of a worker's JVM
 * @param descriptors how many a worker's process may have open at once
 * @param scheduler built anew in each worker
 * @param sinks made in each worker
 * @param listens where each worker listens for stations that call in
 * @param outletLimitBytes 0: derived from the heap of the worker
 * @param jvmOptions for each worker's JVM, behind our own, so that they win
 */
public record ProcessPlan(
        MachineSize size,
        Class<?> mainClass,
        Path stateFile,
        long bootNanos,
        Path crashes,
        int descriptors,
        Class<? extends TaskScheduler> scheduler,
        List<SinkSetup> sinks,
        List<ListenSetup> listens,
        double connectsPerSecond,
        double loopbackConnectsPerSecond,
        long outletLimitBytes,
        List<String> jvmOptions) {

    /**
     * A sink to be made in each worker.
     *
     * @param factory the class of its {@link SinkFactory}
     */
    public record SinkSetup(String factory, Map<String, String> settings) {
        public SinkSetup(Class<? extends SinkFactory> factory, Map<String, String> settings) {
            this(factory.getName(), settings);
        }
    }

    WorkerSetup setup(WorkerId id, long incarnation, Path socket) {
        return new WorkerSetup(
                id,
                incarnation,
                size,
                stateFile.toAbsolutePath(),
                bootNanos,
                socket,
                descriptors,
                scheduler.getName(),
                sinks,
                listens,
                connectsPerSecond,
                loopbackConnectsPerSecond,
                outletLimitBytes);
    }
}
