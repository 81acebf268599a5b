package org.stationmaster.core.machine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.core.worker.Worker;
import org.stationmaster.core.worker.WorkerCommand;

/** A worker that writes down what it is told, in short words. */
final class FakeWorker implements Worker {
    private final WorkerId id;
    private final List<String> told = new ArrayList<>();
    private long incarnation;

    FakeWorker(int index) {
        id = new WorkerId(index);
    }

    /** What it was told since the last look. */
    synchronized List<String> told() {
        var copy = List.copyOf(told);
        told.clear();
        return copy;
    }

    @Override
    public WorkerId id() {
        return id;
    }

    @Override
    public String kind() {
        return "process";
    }

    /** Which of its processes was told last. */
    synchronized long incarnation() {
        return incarnation;
    }

    @Override
    public synchronized void tell(long to, List<WorkerCommand> commands) {
        incarnation = to;
        tell(commands);
    }

    @Override
    public synchronized void tell(List<WorkerCommand> commands) {
        for (var command : commands) {
            told.add(
                    switch (command) {
                        case WorkerCommand.Activate(var slot, var source, var epoch, var paused, var _) ->
                            "activate " + slot + " " + source.id() + " " + epoch + (paused ? " paused" : "");
                        case WorkerCommand.Release(var slot, var epoch, var atOnce) ->
                            (atOnce ? "cancel " : "release ") + slot + " " + epoch;
                        case WorkerCommand.Pause(var slot, var epoch, var paused) ->
                            (paused ? "pause " : "resume ") + slot + " " + epoch;
                        case WorkerCommand.Send(var slot, var epoch, var number, var bytes) ->
                            "send " + slot + " " + epoch + " #" + number + " " + bytes.length;
                        case WorkerCommand.TakeCall(var call, var name) -> "take #" + call + " for " + name;
                        case WorkerCommand.RefuseCall(var call, var why, var source) ->
                            "refuse #" + call + " " + why + (source == null ? "" : " " + source);
                        case WorkerCommand.HangUp _ -> "hang up";
                        case WorkerCommand.Tap(var sources) -> "tap " + sources;
                        case WorkerCommand.Finish _ -> "finish";
                    });
        }
    }

    @Override
    public CompletableFuture<List<String>> finish(Duration deadline) {
        return CompletableFuture.completedFuture(List.of());
    }

    @Override
    public synchronized void shutdown() {
        told.add("shutdown");
    }
}
