package org.stationmaster.core.worker;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.stationmaster.core.api.MachineView.SlotEvent;

/** A slot's move as an event of JFR. To touch this class starts JFR, 400 classes of it: ask first whether somebody records. */
@Name("org.stationmaster.SlotMoved")
@Label("Slot Moved")
@Description("A slot went from one state to another")
@Category("Stationmaster")
@StackTrace(false)
final class SlotMoved extends Event {
    @Label("Worker")
    final String worker;

    @Label("Slot")
    final int slot;

    @Label("Source")
    final String source;

    @Label("Epoch")
    final long epoch;

    @Label("From")
    final String from;

    @Label("To")
    final String to;

    @Label("Reason")
    final String reason;

    private SlotMoved(SlotEvent event) {
        worker = event.slot().worker().toString();
        slot = event.slot().index();
        source = event.source().value();
        epoch = event.epoch();
        from = event.from().name();
        to = event.to().name();
        reason = event.reason().name();
    }

    static void tell(SlotEvent event) {
        new SlotMoved(event).commit();
    }
}
