package org.stationmaster.testkit;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.stationmaster.core.api.Acknowledgement;
import org.stationmaster.core.api.RecordBatch;
import org.stationmaster.core.api.Sink;
import org.stationmaster.core.api.SinkException;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.StationRecord;

/** The sink suite over a sink in memory, right or wrong. */
class MemorySinkContract extends SinkContract {
    /** What is wrong with it, to show that the suite finds it. */
    enum Flaw {
        NONE,
        FORGETS_ITS_PART,
        GIVES_UP_A_FAILED_BATCH,
        KEEPS_VIEWS,
        TURNS_ROUND,
        BEGINS_AGAIN,
        DROPS_DOTS_OF_IDS
    }

    private final Flaw flaw;
    private final Map<String, List<byte[]>> held = new HashMap<>();
    private int takes = Integer.MAX_VALUE;

    MemorySinkContract(Flaw flaw) {
        this.flaw = flaw;
    }

    /** For calls without JUnit. */
    void runWith(Path where) {
        folder = where;
        begin();
    }

    private static String key(Source source, Flaw flaw) {
        var id = source.id().value();
        return flaw == Flaw.DROPS_DOTS_OF_IDS ? id.replace(".", "") : id;
    }

    @Override
    protected Sink sink(Path where) {
        if (flaw == Flaw.BEGINS_AGAIN) {
            held.clear();
        }
        return new MemorySink();
    }

    @Override
    protected List<byte[]> held(Path where, Source source) {
        return held.getOrDefault(key(source, flaw), List.of());
    }

    @Override
    protected boolean fail(Path where) {
        takes = 0;
        return true;
    }

    @Override
    protected boolean failAfter(Path where, int records) {
        takes = records;
        return true;
    }

    @Override
    protected void recover(Path where) {
        takes = Integer.MAX_VALUE;
    }

    private final class MemorySink implements Sink {
        private int taken;

        @Override
        public String name() {
            return "memory";
        }

        @Override
        public Acknowledgement deliver(RecordBatch batch) throws SinkException {
            int[] index = {0};
            batch.forEach(record -> {
                if (index[0]++ >= taken && takes > 0) {
                    keep(record);
                    takes--;
                    taken++;
                }
            });
            boolean all = taken == batch.size();
            if (!all && flaw != Flaw.GIVES_UP_A_FAILED_BATCH) {
                taken = flaw == Flaw.FORGETS_ITS_PART ? 0 : taken;
                throw new SinkException("it takes no more", null);
            }
            taken = 0;
            return new Acknowledgement(batch.size(), 0);
        }

        private void keep(StationRecord record) {
            var list = held.computeIfAbsent(key(record.source(), flaw), k -> new ArrayList<>());
            var bytes = flaw == Flaw.KEEPS_VIEWS ? new byte[record.payload().remaining()] : record.bytes();
            list.add(flaw == Flaw.TURNS_ROUND ? 0 : list.size(), bytes);
        }
    }
}
