package org.stationmaster.app;

import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code top}: a machine, looked at each second. */
@Command(
        name = "top",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Shows a machine of this host live, from its state table alone; q or Ctrl-C ends.",
            "With --url (or $STATIONMASTER_URL) it asks the control endpoint of one anywhere. Lines, where there is no terminal.",
            "Exit code 0: it lives; 1: it is dead, does not answer, or there is no table that can be read."
        })
final class TopCommand implements Callable<Integer> {
    private static final long PULSE_MILLIS = 100;
    private static final int PULSES_PER_LOOK = 10;

    private final StopSignals signals;

    @Mixin
    private SightOptions options = new SightOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    TopCommand(StopSignals signals) {
        this.signals = signals;
    }

    @Override
    public Integer call() throws Failure, InterruptedException {
        signals.listenQuietly();
        var sight = options.open();
        var out = spec.commandLine().getOut();
        if (options.isJson()) {
            sight.settle(signals);
            Json.print(out, sight.json());
            return StatusCommand.code(sight);
        }
        var size = new TerminalSize();
        var terminal = size.of(Watch.Terminal.STDOUT);
        if (terminal.isEmpty() || Look.isDumb(System.getenv())) {
            return lines(sight);
        }
        return onScreen(sight, size, Watch.look(terminal.get(), System.getenv(), System.out.charset()));
    }

    /** Until a signal; a machine that is dead says nothing new, and ends it. */
    private int lines(Sight sight) throws Failure, InterruptedException {
        var out = spec.commandLine().getOut();
        do {
            sight.look();
            out.println(sight.line(Instant.now()));
        } while (sight.isAlive() && !pause(sight, () -> ""));
        return StatusCommand.code(sight);
    }

    private int onScreen(Sight sight, TerminalSize size, Look look) throws Failure, InterruptedException {
        sight.look(); // what cannot be seen at all is told without a screen
        var keys = Keys.open();
        var screen = new Screen(System.out);
        Runnable leave = () -> {
            screen.close();
            keys.ifPresent(Keys::close);
        };
        signals.beforeEnd(leave);
        try {
            do {
                // The last column stays free: clearing to the end of a full line would take its last character.
                var fit = size.of(Watch.Terminal.STDOUT)
                        .map(now -> look.sized(now.columns() - 1, now.rows()))
                        .orElse(look);
                screen.show(sight.screen(Instant.now(), fit));
            } while (!pauseAndLook(sight, () -> keys.map(Keys::hit).orElse("")));
            return StatusCommand.code(sight);
        } finally {
            leave.run();
        }
    }

    private boolean pauseAndLook(Sight sight, Supplier<String> keys) throws Failure, InterruptedException {
        boolean ends = pause(sight, keys);
        if (!ends) {
            sight.look();
        }
        return ends;
    }

    /** A second; true at once when somebody wants the end. */
    private boolean pause(Sight sight, Supplier<String> keys) throws Failure, InterruptedException {
        for (int i = 0; i < PULSES_PER_LOOK; i++) {
            if (signals.await(PULSE_MILLIS)
                    || keys.get().toLowerCase(Locale.ROOT).contains("q")) {
                return true;
            }
            sight.feel();
        }
        return false;
    }
}
