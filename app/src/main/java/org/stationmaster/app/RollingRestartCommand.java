package org.stationmaster.app;

import java.net.http.HttpRequest.BodyPublishers;
import picocli.CommandLine.Command;

/** {@code rolling-restart}: fresh worker processes, one after another. */
@Command(
        name = "rolling-restart",
        mixinStandardHelpOptions = true,
        description = {
            "Restarts the worker processes of a running machine one after another.",
            "Each is emptied in order first; Ctrl-C ends the waiting, not the restart."
        })
final class RollingRestartCommand extends RemoteCommand {
    private static final String PATH = "/api/v1/rolling-restart";
    private static final long LOOK_MILLIS = 300;

    private final StopSignals signals;

    RollingRestartCommand(StopSignals signals) {
        this.signals = signals;
    }

    @Override
    public Integer call() throws Failure, InterruptedException {
        signals.listenQuietly();
        var round = remote().call("POST", PATH, BodyPublishers.noBody()).json("/state");
        while (round.path("state").asString().equals("RUNNING") && !signals.await(LOOK_MILLIS)) {
            round = remote().get(PATH).json("/state");
        }
        var out = out();
        boolean whole = round.path("state").asString().equals("DONE")
                && round.path("left").isEmpty();
        if (isJson()) {
            Json.print(out, round);
        } else if (whole) {
            out.println("all workers are fresh");
        } else {
            var state = round.path("state").asString();
            out.println("the restart is " + state
                    + (state.equals("RUNNING") ? ": the machine goes on with it, its state is at GET " + PATH : ""));
            round.path("left").forEach(what -> err().println(what.asString()));
        }
        return whole ? 0 : Failure.FAILED;
    }
}
