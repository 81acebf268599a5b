package org.stationmaster.app;

import java.util.Map;
import org.stationmaster.core.api.Acknowledgement;
import org.stationmaster.core.api.RecordBatch;
import org.stationmaster.core.api.Sink;
import org.stationmaster.core.api.SinkFactory;

/** No archive: records are measured, as {@link MeasuredArchive} does, and discarded. */
public final class MeasuredDiscard implements SinkFactory {
    /** Made anew in each process. */
    public MeasuredDiscard() {}

    @Override
    public Sink create(Map<String, String> settings, int part) {
        return MeasuredArchive.measured(
                new Sink() {
                    @Override
                    public String name() {
                        return "none";
                    }

                    @Override
                    public Acknowledgement deliver(RecordBatch batch) {
                        return new Acknowledgement(batch.size(), 0);
                    }
                },
                settings,
                part);
    }
}
