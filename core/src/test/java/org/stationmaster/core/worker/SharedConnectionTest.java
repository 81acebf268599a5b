package org.stationmaster.core.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.Connection;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Secret;
import org.stationmaster.core.api.Session;
import org.stationmaster.core.api.Slot;
import org.stationmaster.core.api.SlotReleasedException;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Task;
import org.stationmaster.core.state.Total;
import org.stationmaster.core.worker.FakeDialer.FakeConnection;

/** Slots that share connections, on a hand-turned loop. */
@Timeout(20)
class SharedConnectionTest {
    /** {@code N…} is a record of slot N; {@code !N} refuses it; {@code .} fixes the selection. */
    private static class Spoken implements Session {
        private final List<Slot> slots = new ArrayList<>();
        private final List<Consumer<ProtocolException>> ends = new ArrayList<>();
        private boolean fixed;

        boolean join(Slot slot, Consumer<ProtocolException> end) {
            if (fixed) {
                return false;
            }
            slots.add(slot);
            ends.add(end);
            return true;
        }

        private int of(char digit) {
            return IntStream.range(0, slots.size())
                    .filter(i -> slots.get(i).source().id().value().equals("S" + digit))
                    .findFirst()
                    .orElseThrow();
        }

        @Override
        public void onBytes(ByteBuffer bytes) throws ProtocolException {
            var text = StandardCharsets.UTF_8.decode(bytes).toString();
            switch (text.charAt(0)) {
                case '.' -> fixed = true;
                case '%' -> throw new ProtocolException(EndReason.CORRUPT, "mend me", Duration.ofMinutes(1));
                case '!' -> ends.get(of(text.charAt(1))).accept(new ProtocolException(EndReason.REFUSED, "not you"));
                default -> {
                    try {
                        slots.get(of(text.charAt(0))).emit(text);
                    } catch (SlotReleasedException e) {
                        // counted by the machine
                    }
                }
            }
        }
    }

    private static class SharedTask implements Task.Shared {
        @Override
        public String key() {
            return "k";
        }

        @Override
        public Session open(Slot slot, Connection connection) {
            return new Spoken();
        }

        @Override
        public boolean join(Session session, Slot slot, Consumer<ProtocolException> end) {
            return session instanceof Spoken shared && shared.join(slot, end);
        }
    }

    private final WorkerRig rig = WorkerRig.plan().task(new SharedTask()).build();

    private static Source source(int slot) {
        return Source.builder("S" + slot, "shared", "192.0.2.1", 18000)
                .rate(0.01)
                .build();
    }

    /** And lets the moment pass in which others may come. */
    private void activate(int... slots) {
        for (int slot : slots) {
            rig.activate(slot, source(slot), 1, false);
        }
        rig.advance(0.06);
    }

    private FakeConnection stands(int... slots) {
        activate(slots);
        return rig.dialer.last().connect().receive(".");
    }

    private void release(int slot) {
        rig.core.obey(new WorkerCommand.Release(slot, 1, false));
    }

    private void assertStates(SlotState state, int... slots) {
        for (int slot : slots) {
            assertThat(rig.observed(slot).state()).as("slot %d", slot).isEqualTo(state);
        }
    }

    private long records(int slot) {
        return rig.observed(slot).total(Total.RECORDS);
    }

    @Test
    void oneDialServesAllWhoAttemptAndEachHasItsOwnRecords() {
        var connection = stands(0, 1, 2);
        assertThat(rig.dialer.dials()).isEqualTo(1);
        assertStates(SlotState.RUNNING, 0, 1, 2);
        connection.receive("1a").receive("1b").receive("2c");
        rig.advance(1);
        assertThat(List.of(records(0), records(1), records(2))).containsExactly(0L, 2L, 1L);
    }

    @Test
    void whoComesAMomentLaterIsInTheSelectionToo() {
        rig.activate(0, source(0), 1, false);
        rig.advance(0.03);
        assertThat(rig.dialer.dials()).isZero();
        var connection = stands(1);
        assertThat(rig.dialer.dials()).isEqualTo(1);
        assertStates(SlotState.RUNNING, 0, 1);
        connection.receive("1a");
        rig.advance(1);
        assertThat(records(1)).isEqualTo(1);
    }

    @Test
    void whoIsReleasedBeforeTheDialLeavesNothing() {
        rig.activate(0, source(0), 1, false);
        release(0);
        rig.advance(2);
        assertStates(SlotState.IDLE, 0);
        assertThat(rig.dialer.dials()).isZero();
        assertThat(rig.loop.planned()).isZero();
    }

    @Test
    void anEndIsEverybodysAndOneReconnectServesAll() {
        var connection = stands(0, 1, 2);
        connection.receive("1a");
        connection.end(EndReason.RESET, "reset");
        assertStates(SlotState.BACKOFF, 0, 1, 2);
        rig.advance(1.1);
        assertThat(rig.dialer.dials()).isEqualTo(2);
        rig.dialer.last().connect().receive(".");
        assertStates(SlotState.RUNNING, 0, 1, 2);
        rig.advance(1);
        assertThat(rig.observed(2).total(Total.RECONNECTS)).isEqualTo(1);
        assertThat(rig.dialer.open()).isEqualTo(1);
    }

    @Test
    void whoIsInALongBackoffIsHastened() {
        activate(0);
        for (int i = 0; i < 6; i++) { // up to a wait of half a minute
            rig.dialer.last().refuse();
            rig.advance(Math.pow(2, i) + 0.2);
        }
        rig.dialer.last().refuse();
        assertStates(SlotState.BACKOFF, 0);
        int dials = rig.dialer.dials();
        activate(1);
        assertThat(rig.dialer.dials()).isEqualTo(dials + 1);
        rig.dialer.last().connect();
        assertStates(SlotState.RUNNING, 0, 1);
    }

    @Test
    void whoComesLaterGetsAFurtherConnectionAndTheSmallOnesMerge() {
        var main = stands(0, 1, 2, 3);
        var second = stands(4);
        assertThat(main.isClosed()).isFalse();
        var third = stands(5);
        assertThat(second.isClosed()).as("merged into the third").isTrue();
        assertThat(main.isClosed()).isFalse();
        assertStates(SlotState.RUNNING, 0, 1, 2, 3, 4, 5);
        third.receive("4x");
        rig.advance(1);
        assertThat(records(4)).isEqualTo(1);
        main.end(EndReason.ENDED, "closed");
        rig.advance(1.1);
        assertThat(third.isClosed())
                .as("merged at the main one's natural reconnect")
                .isTrue();
        rig.dialer.last().connect().receive(".");
        assertStates(SlotState.RUNNING, 0, 1, 2, 3, 4, 5);
        assertThat(rig.dialer.open()).isEqualTo(1);
    }

    @Test
    void releaseAndPauseTakeOneOutAndWhatStillComesIsLate() {
        var connection = stands(0, 1, 2);
        release(0);
        rig.core.obey(new WorkerCommand.Pause(1, 1, true));
        rig.advance(2);
        assertStates(SlotState.IDLE, 0);
        assertStates(SlotState.PAUSED, 1);
        assertStates(SlotState.RUNNING, 2);
        assertThat(connection.isFinished() || connection.isClosed()).isFalse();
        connection.receive("0a").receive("1b").receive("2c");
        rig.core.beat(0, 0);
        assertThat(rig.total(Total.LATE)).isEqualTo(2);
        release(2);
        assertThat(connection.isFinished()).as("the last one drains it").isTrue();
        rig.advance(2);
        assertStates(SlotState.IDLE, 2);
        assertThat(rig.dialer.open()).isZero();
    }

    @Test
    void whenAllAreReleasedTheConnectionIsDrained() {
        var connection = stands(0, 1);
        release(0);
        assertThat(connection.isFinished()).isFalse();
        release(1);
        assertThat(connection.isFinished()).isTrue();
        connection.receive("0a").receive("1b");
        connection.end(EndReason.ENDED, "closed");
        assertStates(SlotState.IDLE, 0, 1);
        assertThat(rig.total(Total.RECORDS)).isEqualTo(2);
    }

    @Test
    void aRefusalOfOneLeavesTheOthers() {
        var connection = stands(0, 1);
        connection.receive("!0");
        assertStates(SlotState.BACKOFF, 0);
        assertThat(rig.observed(0).reason()).isEqualTo(EndReason.REFUSED);
        assertStates(SlotState.RUNNING, 1);
        rig.advance(5);
        assertThat(rig.dialer.dials()).isEqualTo(1);
        rig.advance(6);
        assertThat(rig.dialer.dials()).as("ten seconds after a refusal").isEqualTo(2);
    }

    @Test
    void anEndForAllMakesAllOfThemWait() {
        stands(0, 1).receive("%");
        assertStates(SlotState.BACKOFF, 0, 1);
        rig.advance(59);
        assertStates(SlotState.BACKOFF, 0, 1);
        assertThat(rig.dialer.dials()).isEqualTo(1);
        rig.advance(2);
        assertThat(rig.dialer.dials()).as("a minute after the end").isEqualTo(2);
    }

    @Test
    void anotherPasswordIsAnotherConnection() {
        for (int i = 0; i < 3; i++) {
            var source = Source.builder("S" + i, "shared", "192.0.2.1", 18000)
                    .user("ann")
                    .password(new Secret(i < 2 ? "one" : "other"))
                    .build();
            rig.activate(i, source, 1, false);
        }
        rig.advance(0.06);
        assertThat(rig.dialer.dials()).isEqualTo(2);
    }

    @Test
    void aSessionMayEndByTheClock() {
        var ending = WorkerRig.plan()
                .task(new SharedTask() {
                    @Override
                    public Session open(Slot slot, Connection connection) {
                        return new Spoken() {
                            @Override
                            public void onTick(long nanoTime) throws ProtocolException {
                                throw new ProtocolException(EndReason.CORRUPT, "too late");
                            }
                        };
                    }
                })
                .build();
        ending.activate(0, source(0), 1, false).advance(0.06);
        ending.connect().advance(0.2);
        assertThat(ending.observed(0).reason()).isEqualTo(EndReason.CORRUPT);
        assertThat(ending.dialer.open()).isZero();
    }

    @Test
    void aSilentOneLeavesTheOthers() {
        var quiet = Source.builder("S0", "shared", "192.0.2.1", 18000).rate(1).build();
        rig.activate(0, quiet, 1, false);
        var connection = stands(1);
        rig.advance(5.2);
        assertStates(SlotState.BACKOFF, 0);
        assertThat(rig.observed(0).reason()).isEqualTo(EndReason.SILENT);
        assertStates(SlotState.RUNNING, 1);
        assertThat(connection.isClosed()).isFalse();
    }

    @Test
    void cancelAtAnyTimeLeavesNothing() {
        activate(0, 1);
        rig.core.obey(new WorkerCommand.Release(0, 1, true));
        rig.core.obey(new WorkerCommand.Release(1, 1, true));
        assertStates(SlotState.IDLE, 0, 1);
        assertThat(rig.dialer.open()).isZero();
        rig.advance(600);
        assertThat(rig.loop.planned()).isZero();
    }

    @Test
    void timeReachesTheSessionOnceATick() {
        var ticks = new ArrayList<Long>();
        var task = new Task.Shared() {
            @Override
            public String key() {
                return "k";
            }

            @Override
            public Session open(Slot slot, Connection connection) {
                return new Session() {
                    @Override
                    public void onBytes(ByteBuffer bytes) {}

                    @Override
                    public void onTick(long nanoTime) {
                        ticks.add(nanoTime);
                    }
                };
            }

            @Override
            public boolean join(Session session, Slot slot, Consumer<ProtocolException> end) {
                return true;
            }
        };
        var timed = WorkerRig.plan().task(task).build();
        timed.activate(0, source(0), 1, false).activate(1, source(1), 1, false);
        timed.advance(0.06);
        timed.connect();
        timed.advance(1);
        assertThat(ticks).hasSizeBetween(9, 11).doesNotHaveDuplicates();
    }
}
