package org.stationmaster.core.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.fixtures.HandClock;

/** How long a connection is read after its release, look by look. */
@Timeout(10)
class DrainTest {
    private static final int UNLIMITED = 100_000;

    private final ManualLoop loop = new ManualLoop(new HandClock());
    private final Run run = new Run();
    private final Drain drain = new Drain(run, loop);

    /** What is drained, by hand. */
    private static final class Run implements Drain.Drained {
        private boolean finished;
        private boolean open = true;
        private boolean blocked;
        private boolean waiting = true;
        private long readBytes = 1_000;
        private int aborts;

        @Override
        public void finish() {
            finished = true;
        }

        @Override
        public boolean isOpen() {
            return open;
        }

        @Override
        public boolean isBlocked() {
            return blocked;
        }

        @Override
        public boolean isWaiting() {
            return waiting;
        }

        @Override
        public long readBytes() {
            return readBytes;
        }

        @Override
        public void abort(EndReason reason, String detail) {
            assertThat(reason).isEqualTo(EndReason.TOLD);
            open = false;
            aborts++;
        }
    }

    private void look() {
        loop.advance(Duration.ofNanos(Drain.LOOK_NANOS));
    }

    /** Does the same before each look until the run was ended; how many looks that took. */
    private int looks(Runnable before) {
        int looks = 0;
        while (run.open && looks < UNLIMITED) {
            before.run();
            look();
            looks++;
        }
        return looks;
    }

    @Test
    void theStationIsToldFirst() {
        assertThat(run.finished).isFalse();
        drain.begin();
        assertThat(run.finished).isTrue();
        assertThat(run.open).isTrue();
    }

    @Test
    void aQuietStationIsWaitedForAQuarterOfASecond() {
        drain.begin();
        assertThat(looks(() -> {})).isEqualTo(Drain.QUIET_LOOKS);
    }

    @Test
    void whatArrivesBeginsTheQuietAnew() {
        drain.begin();
        for (int i = 1; i < Drain.QUIET_LOOKS; i++) {
            look();
        }
        run.readBytes++;
        assertThat(looks(() -> {})).isEqualTo(1 + Drain.QUIET_LOOKS);
    }

    @Test
    void aTaskThatHasSomethingInHandIsNotQuiet() {
        drain.begin();
        run.waiting = false;
        assertThat(looks(() -> {})).isEqualTo(Drain.MOST_LOOKS);
    }

    @Test
    void aStationThatGoesOnGetsASecond() {
        drain.begin();
        assertThat(looks(() -> run.readBytes++)).isEqualTo(Drain.MOST_LOOKS);
    }

    @Test
    void aFastStationGetsWhatTheKernelCanHaveHeld() {
        drain.begin();
        assertThat(looks(() -> run.readBytes += Drain.LIMIT_BYTES / 2)).isEqualTo(2);
    }

    @Test
    void whileTheSinksAreFullNoLookCounts() {
        drain.begin();
        run.blocked = true;
        for (int i = 0; i < 10_000; i++) {
            look();
        }
        assertThat(run.open).isTrue();
        run.blocked = false;
        assertThat(looks(() -> {})).as("the first look after it tells nothing").isEqualTo(1 + Drain.QUIET_LOOKS);
    }

    @Test
    void flappingSinksDoNotCutItShortOfWhatTheKernelCanHaveHeld() {
        drain.begin();
        int looks = looks(() -> {
            drain.disturb(); // full and let go since the last look
            run.readBytes += Drain.LIMIT_BYTES / 100;
        });
        assertThat(looks).isEqualTo(101).isGreaterThan(Drain.MOST_LOOKS);
    }

    @Test
    void flappingSinksThatLetItReadNothingDoNotHoldItForEver() {
        drain.begin();
        assertThat(looks(drain::disturb)).isEqualTo(Drain.MOST_DISTURBED_LOOKS);
    }

    @Test
    void onceItHasEndedNothingIsLookedAt() {
        drain.begin();
        run.open = false;
        look();
        assertThat(loop.planned()).isZero();
        assertThat(run.aborts).isZero();
    }
}
