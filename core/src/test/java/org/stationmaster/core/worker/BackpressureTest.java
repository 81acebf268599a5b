package org.stationmaster.core.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.stationmaster.core.fixtures.Await.await;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.SinkException;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.fixtures.TestSink;

/** A worker whose sink is behind: it stops reading, blames nobody, loses nothing. */
@Timeout(20)
class BackpressureTest {
    private final TestSink sink = new TestSink("sink").hold();
    private final WorkerRig rig = WorkerRig.plan().sink(sink).limitBytes(500).build();

    @BeforeEach
    void fill() throws SinkException {
        rig.delivery.start();
        rig.activate(1).connect();
        rig.activate(1, WorkerRig.source("OTHER"), 1, false).dialer.last().connect();
        for (int i = 0; i < 12; i++) {
            rig.receive("0123456789").advance(0.02);
        }
    }

    @AfterEach
    void stop() throws InterruptedException {
        sink.release();
        rig.delivery.stop(Duration.ofSeconds(5));
    }

    private void makeRoom() {
        sink.release();
        await().until(() -> {
            rig.loop.run();
            return rig.dialer.last().isReading();
        });
    }

    @Test
    void nothingIsReadUntilThereIsRoom() {
        assertThat(rig.dialer.last().isReading()).isFalse();
        makeRoom();
        assertThat(rig.dialer.last().isReading()).isTrue();
    }

    @Test
    void aConnectionMadeMeanwhileIsNotReadEither() {
        rig.activate(2, WorkerRig.source("THIRD"), 1, false).dialer.last().connect();
        assertThat(rig.dialer.last().isReading()).isFalse();
    }

    @Test
    void silenceIsNotJudgedMeanwhileAndBeginsAnewAfter() {
        rig.advance(3_600);
        assertThat(rig.state()).isEqualTo(SlotState.RUNNING);
        makeRoom();
        rig.advance(4.8);
        assertThat(rig.state()).isEqualTo(SlotState.RUNNING);
        rig.advance(0.4);
        assertThat(rig.observed().reason()).isEqualTo(EndReason.SILENT);
    }

    @Test
    void aDrainWaitsAndReadsWhatArrivedOnceThereIsRoom() {
        rig.core.obey(new WorkerCommand.Release(1, 1, false));
        rig.advance(30);
        assertThat(rig.observed(1).state()).as("not read yet").isEqualTo(SlotState.STOPPING);
        makeRoom();
        rig.advance(0.24); // the quiet while it could not read is not the station's
        rig.receive("arrived meanwhile").advance(0.35);
        assertThat(rig.observed(1).state()).isEqualTo(SlotState.IDLE);
        await().until(() -> sink.taken.stream().anyMatch(taken -> taken.endsWith("arrived meanwhile")));
    }

    @Test
    void allArriveInTheEndOnceAndInOrder() {
        makeRoom();
        rig.advance(0.05);
        await().until(() -> sink.taken.size() == 12);
        for (int i = 0; i < 12; i++) {
            assertThat(sink.taken.get(i)).isEqualTo("OTHER/1/" + i + " 0123456789");
        }
    }

    @Test
    void sinksThatFallBehindAgainAndAgainCutNoDrainShort() {
        rig.core.obey(new WorkerCommand.Release(1, 1, false));
        for (int cycle = 0; cycle < 60; cycle++) {
            makeRoom();
            rig.advance(0.03);
            sink.hold();
            for (int i = 0; i < 100 && rig.dialer.last().isReading(); i++) {
                rig.receive("0123456789".repeat(60)).advance(0.011); // over the limit, and handed over
            }
            rig.advance(0.08);
            assertThat(rig.observed(1).state()).as("cycle %d", cycle).isEqualTo(SlotState.STOPPING);
        }
        makeRoom();
        rig.receive("the last").advance(0.35);
        assertThat(rig.observed(1).state()).isEqualTo(SlotState.IDLE);
        await().until(() -> sink.taken.stream().anyMatch(taken -> taken.endsWith("the last")));
    }
}
