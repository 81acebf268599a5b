package org.stationmaster.app.violations.core.worker;

import org.stationmaster.app.violations.core.machine.Boss;

/** A worker that knows its machine. */
public final class Loop {
    public Class<?> boss() {
        return Boss.class;
    }
}
