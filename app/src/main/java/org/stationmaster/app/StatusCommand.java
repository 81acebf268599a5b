package org.stationmaster.app;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code status}: one look at a machine, from its state table alone. */
@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Tells how a machine is, from its state table alone; also of one that is dead.",
            "Exit code 0: it lives; 1: it is dead, or there is no table that can be read."
        })
final class StatusCommand implements Callable<Integer> {
    private static final int WIDTH = 110;
    private static final long PULSE_MILLIS = 100;

    /** Two beats of a worker with something to do. */
    private static final int PULSES = 22;

    private final StopSignals signals;

    @Mixin
    private TableOptions options = new TableOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    StatusCommand(StopSignals signals) {
        this.signals = signals;
    }

    @Override
    public Integer call() throws Failure, InterruptedException {
        signals.listen();
        var watch = options.open();
        var table = settled(watch, signals);
        var out = spec.commandLine().getOut();
        if (options.isJson()) {
            Json.print(out, TableJson.of(watch.path(), table, watch.rates()));
        } else {
            TableView.report(table, watch.rates(), Instant.now(), look()).forEach(out::println);
            hints(table).forEach(out::println);
        }
        return code(table);
    }

    /** Where to go on: sources that wait and alarms are not in the table. */
    private static List<String> hints(TableSnapshot table) {
        var hints = new ArrayList<String>();
        if (table.isAlive() && table.held() == table.machine().size().totalSlots()) {
            hints.add(" every slot is held; who waits for one: stationmaster sources list --state waiting");
        }
        if (table.isAlive() && table.failing().count() + table.silent().count() > 0) {
            hints.add(" grouped, and since when: stationmaster alarms");
        }
        return hints;
    }

    /** Of a machine that lives, after two seconds of looking: so long it takes to see rates. */
    static TableSnapshot settled(TableWatch watch, StopSignals signals) throws Failure, InterruptedException {
        var first = watch.look();
        if (!first.isAlive()) {
            return first;
        }
        for (int i = 0; i < PULSES && !signals.await(PULSE_MILLIS); i++) {
            watch.feel();
        }
        return watch.look();
    }

    static int code(TableSnapshot table) {
        return table.isAlive() ? 0 : Failure.FAILED;
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
