package org.stationmaster.core.machine;

import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.Acknowledgement;
import org.stationmaster.core.api.RecordBatch;
import org.stationmaster.core.api.Sink;
import org.stationmaster.core.api.StationRecord;

/** A listener of the embedder as a sink. One that throws has refused that record: counted, told once per kind. */
final class ListenerSink implements Sink {
    private static final Logger LOG = LoggerFactory.getLogger("org.stationmaster.machine");

    private final Consumer<? super StationRecord> listener;
    private final String name;
    private String told = "";

    ListenerSink(Consumer<? super StationRecord> listener, int number) {
        this.listener = listener;
        this.name = "listener-" + number;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Acknowledgement deliver(RecordBatch batch) {
        var refused = new int[1];
        batch.forEach(record -> {
            try {
                listener.accept(record);
            } catch (RuntimeException | Error e) { // or the whole batch would be given again, for ever
                refused[0]++;
                tell(e);
            }
        });
        return new Acknowledgement(batch.size() - refused[0], refused[0]);
    }

    private void tell(Throwable cause) {
        var kind = cause.toString();
        if (!kind.equals(told)) {
            told = kind;
            LOG.error("{} threw; the record counts as refused", name, cause);
        }
    }
}
