package org.stationmaster.core.machine;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.core.state.Incarnation;
import org.stationmaster.core.state.ProcessIdentity;
import org.stationmaster.core.state.StateReader;
import org.stationmaster.core.state.StateTable;
import org.stationmaster.core.state.StateTableException;

/** Worker processes of a machine that has died: they end by themselves within two seconds, or are ended. */
final class Leftovers {
    private static final Logger LOG = LoggerFactory.getLogger("org.stationmaster.machine");
    private static final Duration GRACE = Duration.ofSeconds(2);
    private static final Duration KILL_LIMIT = Duration.ofSeconds(10);

    private Leftovers() {}

    /**
     * Waits for what is left of the machine whose table this was; after two seconds it is killed and awaited. Call it with
     * the data directory's lock in hand, before any file of the archive is opened.
     *
     * @throws MachineStartException that machine is running, in another process; or one of them cannot be ended
     */
    static void end(Path stateFile) throws MachineStartException {
        if (!Files.exists(stateFile)) {
            return;
        }
        List<ProcessHandle> alive;
        try {
            var table = StateTable.open(stateFile);
            refuseWhileItRuns(stateFile, table.look(StateReader::supervisor));
            alive = table.look(Leftovers::find);
        } catch (StateTableException e) {
            LOG.warn(
                    "{}; a new one is made in {} s, by when workers of an earlier machine have ended",
                    e.getMessage(),
                    GRACE.toSeconds());
            var _ = await(new CompletableFuture<>(), GRACE);
            return;
        }
        if (alive.isEmpty()) {
            return;
        }
        LOG.warn("{} worker processes of an earlier machine are still there: waiting for their end", alive.size());
        if (awaitAll(alive, GRACE)) {
            return;
        }
        LOG.warn("they did not end within {} s and are killed", GRACE.toSeconds());
        alive.forEach(ProcessHandle::destroyForcibly);
        if (!awaitAll(alive, KILL_LIMIT)) {
            throw new MachineStartException(
                    "worker processes of an earlier machine do not end: "
                            + alive.stream()
                                    .filter(ProcessHandle::isAlive)
                                    .map(ProcessHandle::pid)
                                    .toList()
                            + "; end them by hand",
                    null);
        }
    }

    /** This process may have had the machine before: it has stopped it then. */
    private static void refuseWhileItRuns(Path stateFile, ProcessIdentity supervisor) throws MachineStartException {
        if (supervisor.pid() != ProcessHandle.current().pid()
                && supervisor.find().isPresent()) {
            throw new MachineStartException(
                    stateFile + " is the state table of a machine that is running, in process " + supervisor.pid()
                            + ": stop that one first, or give this one a state table of its own",
                    null);
        }
    }

    /** The processes that the rows name, but for our own: a machine of threads names its own process. */
    private static List<ProcessHandle> find(StateReader table) {
        return IntStream.range(0, table.size().workers())
                .mapToObj(index -> table.incarnation(new WorkerId(index)))
                .flatMap(Optional::stream)
                .map(Incarnation::process)
                .filter(process -> !process.equals(table.supervisor()))
                .distinct()
                .map(process -> process.find())
                .flatMap(Optional::stream)
                .toList();
    }

    private static boolean awaitAll(List<ProcessHandle> processes, Duration limit) throws MachineStartException {
        return await(
                CompletableFuture.allOf(
                        processes.stream().map(ProcessHandle::onExit).toArray(CompletableFuture[]::new)),
                limit);
    }

    /** False when it has not come within the limit. */
    private static boolean await(CompletableFuture<?> what, Duration limit) throws MachineStartException {
        try {
            what.get(limit.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MachineStartException("interrupted while waiting for the end of an earlier machine", e);
        }
    }
}
