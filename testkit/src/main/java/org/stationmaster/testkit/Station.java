package org.stationmaster.testkit;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.stationmaster.testkit.FaultPlan.Fault;
import org.stationmaster.testkit.NetworkReport.PeerEnd;
import org.stationmaster.testkit.StationConnection.Ending;

/**
 * One simulated station: what it sends when, what befalls it, and what becomes of each seq. Times are nanoseconds of
 * the network's life. For the network's thread.
 */
final class Station {
    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final int FLOOD_FACTOR = 100;
    private static final int SLOW_BYTES = 20;
    private static final long SLOW_PAUSE_NANOS = 20_000_000;

    /** So that one station that floods does not keep the others waiting. */
    private static final int MAX_RECORDS_PER_TURN = 64;

    /** When the network itself is late by more, it gives up what was due. */
    private static final long MAX_LAG_NANOS = SECOND_NANOS;

    final String id;
    final int portIndex;
    private final Network network;
    private final int index;
    private final byte[] stampHead;
    private final long periodNanos;
    private final double phase;
    private final Tally tally = new Tally();
    private final Due sending = new Due(this::send);
    private final Due dribbling = new Due(this::dribble);
    private final Due drawing = new Due(this::draw);

    private @Nullable StationConnection connection;
    private long seq;
    private int replayed;
    private long nextNanos;

    // of the present connection
    private long firstSeq;
    private long taintedSeq;
    private long turn;
    private long turnSeq;
    private boolean holdsRecord;

    private long silentUntil;
    private long slowUntil;
    private long refusesUntil;
    private long floodsUntil;

    Station(Network network, int index) {
        var plan = network.plan;
        this.network = network;
        this.index = index;
        this.id = idOf(index);
        this.portIndex = index % plan.ports();
        this.stampHead = Stamp.head(id);
        this.periodNanos = Math.max(1, (long) (SECOND_NANOS / plan.ratePerSecond()));
        this.phase = phase(plan.seed(), index);
    }

    static String idOf(int index) {
        return String.format("SIM%05d", index);
    }

    /** Where in its period a station sends: from 0, below 1. */
    static double phase(long seed, int index) {
        return Seeds.fraction(seed, index);
    }

    // ---- connections

    boolean isConnected() {
        return connection != null;
    }

    void connected(StationConnection made) {
        long now = network.nowNanos();
        tally.connects++;
        LiveCounts.add(network.counts.connects, 1);
        if (now < refusesUntil) {
            made.refuse();
            return;
        }
        if (connection != null) {
            // what of its records the peer has read cannot be told
            tally.superseded++;
            ended(connection, Ending.BROKEN);
        }
        connection = made;
        LiveCounts.add(network.counts.connected, 1);
        firstSeq = seq;
        taintedSeq = Long.MAX_VALUE;
        nextNanos = onGrid(now, periodNanos);
        network.wheel.add(sending, nextNanos);
        if (!network.plan.faults().isEmpty()) {
            network.wheel.add(drawing, onGrid(now, SECOND_NANOS));
        }
    }

    /** The first time not before {@code now} that is the station's own in each period. */
    private long onGrid(long now, long period) {
        long offset = (long) (phase * period);
        return offset + Math.max(0, Math.ceilDiv(now - offset, period)) * period;
    }

    void ended(StationConnection which, Ending how) {
        if (which != connection) {
            return;
        }
        settle(
                which,
                switch (how) {
                    case BROKEN, BY_FAULT -> firstSeq;
                    case BY_PEER -> wroteLately() && !which.isStanding() ? turnSeq : Long.MAX_VALUE;
                });
        network.wheel.remove(sending);
        network.wheel.remove(dribbling);
        network.wheel.remove(drawing);
        connection = null;
        LiveCounts.add(network.counts.connected, -1);
        if (how != Ending.BY_FAULT && taintedSeq == Long.MAX_VALUE) {
            tally.peerEnded(new PeerEnd(firstSeq, seq, network.plan.clock().epochNanos()));
        }
        switch (how) {
            case BROKEN, BY_PEER -> which.close();
            case BY_FAULT -> {}
        }
    }

    /** Whether a record was written since the sockets were looked at before: the peer's FIN may be older. */
    private boolean wroteLately() {
        return seq > firstSeq && turn >= network.turn - 1;
    }

    /** Decides what of the connection's records is cut: from {@code cutSeq} on, and what it cannot have whole. */
    private void settle(StationConnection which, long cutSeq) {
        long partly = which.isHolding() && holdsRecord ? seq - 1 : Long.MAX_VALUE;
        long from = Math.min(cutSeq, Math.min(taintedSeq, partly));
        if (from < seq) {
            tally.cut(from, seq - 1);
            LiveCounts.add(network.counts.cut, seq - from);
        }
    }

    // ---- records

    private void send(long now) {
        var to = connection;
        if (to == null) {
            return;
        }
        int sends = 0;
        while (nextNanos <= now && sends++ < MAX_RECORDS_PER_TURN) {
            if (now >= silentUntil) {
                write(to, now, null);
            }
            if (to != connection || isAtEnd()) {
                return;
            }
            nextNanos += period(now);
        }
        if (now - nextNanos > MAX_LAG_NANOS) {
            long late = (now - nextNanos) / period(now);
            if (now >= silentUntil) {
                withheld(late);
            }
            nextNanos += late * period(now);
        }
        network.wheel.add(sending, nextNanos);
    }

    private long period(long now) {
        return now < floodsUntil ? Math.max(1, periodNanos / FLOOD_FACTOR) : periodNanos;
    }

    private boolean isAtEnd() {
        var recording = network.recording;
        return recording != null && !network.plan.loop() && replayed == recording.size();
    }

    /** What came after the hello: counted, and answered with one record. */
    void command(StationConnection from, ByteBuffer text) {
        tally.commands++;
        LiveCounts.add(network.counts.commands, 1);
        long now = network.nowNanos();
        if (from == connection && now >= silentUntil && isAnswering()) {
            write(from, now, text);
        }
    }

    private boolean isAnswering() {
        return network.wire.answersCommands() && (network.recording == null || network.plan.answers());
    }

    /** Writes the next record, or the answer to a command; withheld when the connection takes nothing. */
    private void write(StationConnection to, long now, @Nullable ByteBuffer command) {
        if (to.isHolding()) {
            withheld(1);
            return;
        }
        boolean slow = now < slowUntil;
        try {
            if (!begin(to, next(command), slow ? SLOW_BYTES : Integer.MAX_VALUE)) {
                withheld(1);
                return;
            }
        } catch (IOException e) {
            ended(to, Ending.BROKEN);
            return;
        }
        if (command == null && network.recording != null) {
            replayed = (replayed + 1 == network.recording.size() && network.plan.loop()) ? 0 : replayed + 1;
        }
        if (slow && to.isHolding()) {
            network.wheel.add(dribbling, now + SLOW_PAUSE_NANOS);
        }
    }

    private ByteBuffer next(@Nullable ByteBuffer command) {
        if (command == null && network.recording != null) {
            return network.recording.record(replayed);
        }
        return network.synthetic.make(
                stampHead, index, seq, network.plan.clock().epochNanos(), command);
    }

    /** A record that has got its first byte out has its seq. */
    private boolean begin(StationConnection to, ByteBuffer record, int mostBytes) throws IOException {
        if (!to.begin(record, mostBytes)) {
            return false;
        }
        if (turn != network.turn || seq == firstSeq) {
            turn = network.turn;
            turnSeq = seq;
        }
        seq++;
        holdsRecord = true;
        LiveCounts.add(network.counts.begun, 1);
        return true;
    }

    private void withheld(long count) {
        tally.withheld += count;
        LiveCounts.add(network.counts.withheld, count);
    }

    private void dribble(long now) {
        var to = connection;
        if (to == null) {
            return;
        }
        boolean slow = now < slowUntil;
        try {
            if (!to.flush(slow ? SLOW_BYTES : Integer.MAX_VALUE) && slow) {
                network.wheel.add(dribbling, now + SLOW_PAUSE_NANOS);
            }
        } catch (IOException e) {
            ended(to, Ending.BROKEN);
        }
    }

    // ---- faults

    private void draw(long now) {
        long second = now / SECOND_NANOS;
        var fault = network.plan.faults().draw(network.plan.seed(), index, second);
        if (fault != null && connection != null) {
            strike(connection, fault, now);
        }
        if (connection != null) {
            network.wheel.add(drawing, onGrid((second + 1) * SECOND_NANOS, SECOND_NANOS));
        }
    }

    private void strike(StationConnection at, Fault fault, long now) {
        boolean struck = switch (fault.kind()) {
            case SILENCE -> {
                silentUntil = now + fault.nanos();
                yield true;
            }
            case SLOW -> {
                slowUntil = now + fault.nanos();
                yield true;
            }
            case FLOOD -> {
                floodsUntil = now + fault.nanos();
                nextNanos = Math.min(nextNanos, now);
                network.wheel.add(sending, now);
                yield true;
            }
            case REFUSE -> {
                refusesUntil = now + fault.nanos();
                yield reset(at);
            }
            case RESET -> reset(at);
            case HALF_OPEN -> {
                ended(at, Ending.BY_FAULT);
                at.vanish();
                yield true;
            }
            case CUT -> cut(at);
            case GARBAGE -> garbage(at, now);
        };
        if (struck) {
            tally.fault(fault.kind());
            LiveCounts.add(network.counts.faults, 1);
        }
    }

    private boolean reset(StationConnection at) {
        ended(at, Ending.BY_FAULT);
        at.reset();
        return true;
    }

    /** Ends in the middle of a record: of one that is held already, or of the next. */
    private boolean cut(StationConnection at) {
        if (!at.isHolding()) {
            if (isAtEnd()) {
                return false;
            }
            try {
                var record = next(null);
                if (!begin(at, record, Math.max(1, record.remaining() / 2))) {
                    return false;
                }
            } catch (IOException e) {
                ended(at, Ending.BROKEN);
                return false;
            }
        }
        ended(at, Ending.BY_FAULT);
        at.shutdownOutput();
        at.close();
        return true;
    }

    private boolean garbage(StationConnection at, long now) {
        if (at.isHolding()) {
            return false;
        }
        var bytes = network.wire.garbage(Seeds.mix(network.plan.seed() ^ index, now / SECOND_NANOS));
        try {
            if (!at.begin(ByteBuffer.wrap(bytes), Integer.MAX_VALUE)) {
                return false;
            }
        } catch (IOException e) {
            ended(at, Ending.BROKEN);
            return false;
        }
        holdsRecord = false;
        tally.garbageBytes += bytes.length;
        if (network.wire.isLostAfterGarbage()) {
            taintedSeq = Math.min(taintedSeq, seq);
        }
        return true;
    }

    // ---- stop

    /** Once nothing is sent any more, and what was held had its time: the last word on each seq. */
    NetworkReport.SourceCount report() {
        if (connection != null) {
            settle(connection, Long.MAX_VALUE);
            connection.close();
            connection = null;
            LiveCounts.add(network.counts.connected, -1);
        }
        return tally.report(id, seq);
    }
}
