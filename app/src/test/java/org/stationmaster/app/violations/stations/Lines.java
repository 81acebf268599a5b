package org.stationmaster.app.violations.stations;

import org.stationmaster.app.violations.sinks.Disk;

/** A protocol that knows a sink. */
public final class Lines {
    Disk disk = new Disk();
}
