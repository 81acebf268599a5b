package org.stationmaster.app.violations.core.state;

import org.stationmaster.app.violations.core.worker.Loop;

/** State that knows a worker; also the writer that only a machine may have. */
public final class TableWriter {
    Object loop = new Loop();
}
