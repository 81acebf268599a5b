package org.stationmaster.stations;

import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Task;
import org.stationmaster.core.api.TaskScheduler;

/** Makes tasks with the protocols on the class path. */
public final class ProtocolScheduler extends TaskScheduler {
    @Override
    protected Task taskFor(Source source) {
        throw new UnsupportedOperationException();
    }
}
