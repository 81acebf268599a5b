package org.stationmaster.core.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.MachineView.EventPage;
import org.stationmaster.core.api.MachineView.SlotEvent;
import org.stationmaster.core.api.RecordListener;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.TappedRecord;
import org.stationmaster.core.api.WorkerId;

class TapsTest {
    private static final SourceId A = new SourceId("A");

    private final Taps taps = new Taps();
    private final List<String> seen = new ArrayList<>();
    private final RecordListener listener = new RecordListener() {
        @Override
        public void record(TappedRecord copy) {
            var text = new String(copy.payload(), StandardCharsets.US_ASCII);
            seen.add(copy.source() + " " + copy.seq() + " " + (text.length() > 9 ? text.length() : text));
            if (text.equals("throw")) {
                throw new IllegalStateException("on purpose");
            }
        }

        @Override
        public void dropped(long count) {
            seen.add("dropped " + count);
        }
    };

    private static BatchBuffer batch(String id, String... payloads) {
        var owner = new Activation(new SlotId(new WorkerId(0), 0), Source.of(id, "test", "h", 1), 7);
        var batch = new BatchBuffer();
        long seq = 0;
        for (var payload : payloads) {
            batch.append(owner, ByteBuffer.wrap(payload.getBytes(StandardCharsets.US_ASCII)), seq++, 1, 2, 3);
        }
        return batch;
    }

    @Test
    void eachListenerSeesItsSourceUntilItIsClosed() {
        var changes = new AtomicInteger();
        taps.whenChanged(changes::incrementAndGet);
        var one = taps.open(A, listener);
        var two = taps.open(A, listener);
        taps.see(batch("B", "x"));
        taps.see(batch("A", "y"));
        one.close();
        one.close();
        taps.see(batch("A", "z"));
        two.close();
        taps.see(batch("A", "nobody looks"));
        assertThat(seen).containsExactly("A 0 y", "A 0 y", "A 0 z");
        assertThat(taps.isIdle()).isTrue();
        assertThat(changes).hasValue(5);
    }

    @Test
    void whatIsTooLargeIsToldAndAFailureStopsNothing() {
        var _ = taps.open(A, listener);
        taps.see(batch("A", "x".repeat(TappedRecord.MAX_PAYLOAD_BYTES + 1), "throw", "y"));
        taps.see(batch("A", "x".repeat(TappedRecord.MAX_PAYLOAD_BYTES)));
        assertThat(seen).containsExactly("dropped 1", "A 1 throw", "A 2 y", "A 0 1048576");
    }

    @Test
    void copiesOfAWorkerProcessComeWithWhatWasLeftOut() {
        var copy = new TappedRecord(A, 1, 5, 0, 0, 0, new byte[] {'y'});
        taps.pass(copy, 3);
        var _ = taps.open(A, listener);
        taps.pass(copy, 3);
        taps.pass(copy, 0);
        assertThat(seen).containsExactly("dropped 3", "A 5 y", "A 5 y");
    }

    @Test
    void whoFollowsTheEventsMissesNoneThatIsKept() {
        var log = new EventLog();
        assertThat(log.after(0, 10)).isEqualTo(new EventPage(List.of(), 0, 0));
        for (int i = 1; i <= 5_000; i++) {
            log.add(new SlotEvent(
                    Instant.EPOCH,
                    new SlotId(new WorkerId(0), 0),
                    A,
                    i,
                    SlotState.IDLE,
                    SlotState.STARTING,
                    EndReason.NONE,
                    ""));
        }
        var first = log.after(1, 10);
        assertThat(first.missed()).isEqualTo(5_000 - 4_096 - 1);
        assertThat(first.events().getFirst().epoch()).isEqualTo(5_000 - 4_096 + 1);
        assertThat(first.last()).isEqualTo(5_000 - 4_096 + 10);
        var rest = log.after(first.last(), 10_000);
        assertThat(rest.missed()).isZero();
        assertThat(rest.events()).hasSize(4_086);
        assertThat(log.after(rest.last(), 10).events()).isEmpty();
    }
}
