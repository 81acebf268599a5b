package org.stationmaster.examples;

import org.stationmaster.core.api.Link;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Task;
import org.stationmaster.core.api.TaskScheduler;

/** Unidirectional: each gauge sends lines, each line is a record. */
public final class TideGauges extends TaskScheduler {
    @Override
    protected Task taskFor(Source source) {
        return Task.blocking(slot -> {
            try (var link = Link.open(source)) {
                while (slot.isActive()) {
                    slot.emit(link.readLine());
                }
            }
        });
    }
}
