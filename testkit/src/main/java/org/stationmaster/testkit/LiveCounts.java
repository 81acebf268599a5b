package org.stationmaster.testkit;

import java.util.concurrent.atomic.AtomicLong;

/** What others may watch while the network runs. Written by the network's thread alone, read by any. */
final class LiveCounts {
    final AtomicLong begun = new AtomicLong();
    final AtomicLong cut = new AtomicLong();
    final AtomicLong withheld = new AtomicLong();
    final AtomicLong connected = new AtomicLong();
    final AtomicLong connects = new AtomicLong();
    final AtomicLong commands = new AtomicLong();
    final AtomicLong faults = new AtomicLong();
    final AtomicLong unknownIds = new AtomicLong();
    final AtomicLong oversize = new AtomicLong();
    final AtomicLong withoutHello = new AtomicLong();
    final AtomicLong acceptFailures = new AtomicLong();

    /** One writer: a store is enough, no locked instruction per record. */
    static void add(AtomicLong count, long by) {
        count.setRelease(count.getPlain() + by);
    }

    NetworkReport.Live live() {
        long lost = cut.get();
        return new NetworkReport.Live(
                begun.get() - lost,
                lost,
                withheld.get(),
                connected.get(),
                connects.get(),
                commands.get(),
                faults.get());
    }
}
