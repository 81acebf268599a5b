package org.stationmaster.examples;

import org.stationmaster.core.api.Source;
import org.stationmaster.core.machine.Machine;

/** Prints what one tide gauge sends: {@code Collect HOST PORT}, until it is interrupted. */
public final class Collect {
    private Collect() {}

    public static void main(String[] args) throws Exception {
        try (var machine = Machine.of(new TideGauges())
                .onRecord(record -> System.out.println(record.source().id() + " " + record.text()))
                .start()) {
            var gauge = Source.of("QSCO", "tide", args[0], Integer.parseInt(args[1]));
            System.out.println(machine.assignator().activate(gauge));
            Thread.currentThread().join();
        }
    }
}
