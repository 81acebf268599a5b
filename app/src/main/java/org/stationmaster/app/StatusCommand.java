package org.stationmaster.app;

import java.time.Instant;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code status}: one look at a machine, from its state table alone or over its control endpoint. */
@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Tells how a machine of this host is, from its state table alone, also when it is dead.",
            "With --url (or $STATIONMASTER_URL) it asks the control endpoint of one anywhere.",
            "Exit code 0: it lives; 1: it is dead, does not answer, or there is no table that can be read."
        })
final class StatusCommand implements Callable<Integer> {
    private static final int WIDTH = 110;

    private final StopSignals signals;

    @Mixin
    private SightOptions options = new SightOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    StatusCommand(StopSignals signals) {
        this.signals = signals;
    }

    @Override
    public Integer call() throws Failure, InterruptedException {
        signals.listenQuietly();
        var sight = options.open();
        sight.settle(signals);
        var out = spec.commandLine().getOut();
        if (options.isJson()) {
            Json.print(out, sight.json());
        } else {
            sight.report(Instant.now(), look()).forEach(out::println);
        }
        return code(sight);
    }

    static int code(Sight sight) {
        return sight.isAlive() ? 0 : Failure.FAILED;
    }

    private static Look look() {
        var environment = System.getenv();
        var charset = System.out.charset();
        return new TerminalSize()
                .of(Watch.Terminal.STDOUT)
                .map(size -> Watch.look(size, environment, charset))
                .orElse(new Look(WIDTH, 1, Look.Colours.NONE, Look.isUnicode(charset)));
    }
}
