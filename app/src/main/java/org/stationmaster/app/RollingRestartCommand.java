package org.stationmaster.app;

import java.net.http.HttpRequest.BodyPublishers;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code rolling-restart}: fresh worker processes, one after another. */
@Command(
        name = "rolling-restart",
        mixinStandardHelpOptions = true,
        description = {
            "Restarts the worker processes of a running machine one after another.",
            "Each is emptied in order first; Ctrl-C ends the waiting, not the restart."
        })
final class RollingRestartCommand implements Callable<Integer> {
    private static final String PATH = "/api/v1/rolling-restart";
    private static final long LOOK_MILLIS = 300;

    private final StopSignals signals;

    @Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    @Mixin
    private Remote remote = new Remote();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    RollingRestartCommand(StopSignals signals) {
        this.signals = signals;
    }

    @Override
    public Integer call() throws Failure, InterruptedException {
        signals.listen();
        var round = remote.call("POST", PATH, BodyPublishers.noBody()).json();
        while (round.path("state").asString().equals("RUNNING") && !signals.await(LOOK_MILLIS)) {
            round = remote.get(PATH).json();
        }
        var out = spec.commandLine().getOut();
        boolean whole = round.path("state").asString().equals("DONE")
                && round.path("left").isEmpty();
        if (json) {
            Json.print(out, round);
        } else if (whole) {
            out.println("all workers are fresh");
        } else {
            out.println("the restart is " + round.path("state").asString());
            round.path("left").forEach(what -> spec.commandLine().getErr().println(what.asString()));
        }
        return whole ? 0 : Failure.FAILED;
    }
}
