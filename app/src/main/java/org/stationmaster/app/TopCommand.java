package org.stationmaster.app;

import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code top}: a machine's state table, looked at each second. */
@Command(
        name = "top",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Shows a machine live, from its state table alone; q or Ctrl-C ends. Lines, where there is no terminal.",
            "Exit code 0: it lives; 1: it is dead, or there is no table that can be read."
        })
final class TopCommand implements Callable<Integer> {
    private static final long PULSE_MILLIS = 100;
    private static final int PULSES_PER_LOOK = 10;

    private final StopSignals signals;

    @Mixin
    private TableOptions options = new TableOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    TopCommand(StopSignals signals) {
        this.signals = signals;
    }

    @Override
    public Integer call() throws Failure, InterruptedException {
        signals.listen();
        var watch = options.open();
        var out = spec.commandLine().getOut();
        if (options.isJson()) {
            var table = StatusCommand.settled(watch, signals);
            Json.print(out, TableJson.of(watch.path(), table, watch.rates()));
            return StatusCommand.code(table);
        }
        var size = new TerminalSize();
        var terminal = size.of(Watch.Terminal.STDOUT);
        if (terminal.isEmpty() || Look.isDumb(System.getenv())) {
            return lines(watch);
        }
        return onScreen(watch, size, Watch.look(terminal.get(), System.getenv(), System.out.charset()));
    }

    /** Until a signal; a machine that is dead says nothing new, and ends it. */
    private int lines(TableWatch watch) throws Failure, InterruptedException {
        var out = spec.commandLine().getOut();
        TableSnapshot table;
        do {
            table = watch.look();
            out.println(TableView.line(table, watch.rates(), Instant.now()));
        } while (table.isAlive() && !pause(watch, () -> ""));
        return StatusCommand.code(table);
    }

    private int onScreen(TableWatch watch, TerminalSize size, Look look) throws Failure, InterruptedException {
        var keys = Keys.open();
        var screen = new Screen(System.out);
        Runnable leave = () -> {
            screen.close();
            keys.ifPresent(Keys::close);
        };
        signals.beforeEnd(leave);
        try {
            TableSnapshot table;
            do {
                table = watch.look();
                // The last column stays free: clearing to the end of a full line would take its last character.
                var fit = size.of(Watch.Terminal.STDOUT)
                        .map(now -> look.sized(now.columns() - 1, now.rows()))
                        .orElse(look);
                screen.show(TableView.screen(table, watch.rates(), Instant.now(), fit));
            } while (!pause(watch, () -> keys.map(Keys::hit).orElse("")));
            return StatusCommand.code(table);
        } finally {
            leave.run();
        }
    }

    /** A second; true at once when somebody wants the end. */
    private boolean pause(TableWatch watch, Supplier<String> keys) throws Failure, InterruptedException {
        for (int i = 0; i < PULSES_PER_LOOK; i++) {
            if (signals.await(PULSE_MILLIS)
                    || keys.get().toLowerCase(Locale.ROOT).contains("q")) {
                return true;
            }
            watch.feel();
        }
        return false;
    }
}
