package org.stationmaster.examples;

import java.io.IOException;
import org.stationmaster.core.api.Link;
import org.stationmaster.core.api.Slot;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Task;
import org.stationmaster.core.api.TaskScheduler;

/** Bidirectional: the three actions of a task that is also told what to do. */
public final class DataLoggers extends TaskScheduler {
    @Override
    protected Task taskFor(Source source) {
        return new Task.Bidirectional<Link>() {
            @Override
            public Link runTask(Slot slot) throws IOException { // start
                return Link.open(slot.source());
            }

            @Override
            public void networkToService(Slot slot, Link link) throws IOException {
                while (slot.isActive()) {
                    slot.emit(link.readLineBytes());
                }
            }

            @Override
            public void serviceToNetwork(Slot slot, Link link, byte[] command) throws IOException {
                link.write(command); // to return is to acknowledge
            }
        };
    }
}
