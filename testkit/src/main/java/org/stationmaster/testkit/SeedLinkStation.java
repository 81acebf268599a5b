package org.stationmaster.testkit;

import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.stationmaster.testkit.FaultPlan.Fault;

/**
 * A station of a simulated SeedLink server: makes its records from the first time that it is asked for, whether anybody
 * listens or not, and knows what became of each. For the server's thread.
 */
final class SeedLinkStation {
    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final int FLOOD_FACTOR = 100;
    private static final int MAX_RECORDS_PER_TURN = 64;
    private static final List<String> CHANNELS = List.of("HHZ", "HHN", "HHE");

    /** As in the station file. */
    final String id;

    final String network;
    final String station;
    final int index;
    final int portIndex;
    private final SeedLinkServer server;
    private final byte[] stampHead;
    private final long periodNanos;
    private final double phase;

    /** What is replayed; null: synthetic records. */
    private final @Nullable List<MiniSeedFile.Entry> replay;

    private final Tally tally = new Tally();
    private final Due making = new Due(this::make);
    private final Due drawing = new Due(this::draw);
    private final BitSet sent = new BitSet();
    private final BitSet cut = new BitSet();
    private final BitSet begun = new BitSet();

    /** Who listens; the last one when there are several. */
    private @Nullable SeedLinkConversation listener;

    private boolean isMade;
    private long nextSeq;
    private long dueNanos;
    private long silentUntil;
    private long floodsUntil;
    private long refusesUntil;

    SeedLinkStation(
            SeedLinkServer server, int index, @Nullable String codes, @Nullable List<MiniSeedFile.Entry> replay) {
        var plan = server.plan;
        this.server = server;
        this.index = index;
        this.portIndex = index % plan.ports();
        this.replay = replay;
        this.network = codes == null ? "SM" : codes.substring(0, codes.indexOf('_'));
        this.station = codes == null ? synthetic(index) : codes.substring(codes.indexOf('_') + 1);
        this.id = codes == null ? Station.idOf(index) : station;
        this.stampHead = Stamp.head(id);
        this.periodNanos = Math.max(1, (long) (SECOND_NANOS / plan.ratePerSecond()));
        this.phase = Station.phase(plan.seed(), index);
    }

    /** {@code S} and four letters or digits. */
    private static String synthetic(int index) {
        var digits = Integer.toString(index, 36).toUpperCase(java.util.Locale.ROOT);
        return "S" + "0".repeat(4 - digits.length()) + digits;
    }

    /** {@code NET_STA}. */
    String codes() {
        return network + '_' + station;
    }

    /** Its streams, as {@code LOC_B_S_SS}. */
    List<String> streams() {
        return replay == null
                ? CHANNELS.stream()
                        .map(channel -> "00_" + String.join("_", channel.split("")))
                        .toList()
                : replay.stream().map(MiniSeedFile.Entry::stream).distinct().toList();
    }

    /** The stream of a record, as {@code LOC_B_S_SS}. */
    String stream(long seq) {
        return replay == null ? streamOf(CHANNELS.get((int) (seq % CHANNELS.size()))) : entry(seq).stream();
    }

    private static String streamOf(String channel) {
        return "00_" + channel.charAt(0) + '_' + channel.charAt(1) + '_' + channel.charAt(2);
    }

    /** The miniSEED version of a record. */
    int format(long seq) {
        return replay == null ? 2 : entry(seq).format();
    }

    private MiniSeedFile.Entry entry(long seq) {
        var entries = java.util.Objects.requireNonNull(replay);
        return entries.get((int) (seq % entries.size()));
    }

    /** The record with its header; valid until the next call. */
    ByteBuffer record(long seq, long madeNanos) {
        if (replay != null) {
            var entry = entry(seq);
            return ByteBuffer.wrap(server.file().bytes, entry.offset(), entry.length());
        }
        long span = CHANNELS.size() * periodNanos;
        return server.records.stamped(
                network,
                station,
                CHANNELS.get((int) (seq % CHANNELS.size())),
                madeNanos - span,
                span,
                stampHead,
                seq,
                madeNanos);
    }

    // ---- records

    private void make(long now) {
        int made = 0;
        while (dueNanos <= now && made++ < MAX_RECORDS_PER_TURN) {
            if (isAtEnd()) {
                return;
            }
            if (now >= silentUntil) {
                // on the grid, so that the records of a channel follow each other
                server.ring.add(this, nextSeq++, server.epochNanos(dueNanos));
            }
            dueNanos += now < floodsUntil ? Math.max(1, periodNanos / FLOOD_FACTOR) : periodNanos;
        }
        server.wheel.add(making, dueNanos);
    }

    private boolean isAtEnd() {
        return replay != null && !server.plan.loop() && nextSeq == replay.size();
    }

    // ---- who listens

    /** Whether a connect is refused just now. */
    boolean isRefusing(long now) {
        return now < refusesUntil;
    }

    /** Asked for by a connection, for the first time or again. */
    void subscribed(SeedLinkConversation by, long now) {
        tally.connects++;
        LiveCounts.add(server.counts.connects, 1);
        if (listener == null) {
            LiveCounts.add(server.counts.connected, 1);
        }
        listener = by;
        if (!isMade) {
            isMade = true;
            dueNanos = onGrid(now, periodNanos);
            server.wheel.add(making, dueNanos);
        }
        if (!server.plan.faults().isEmpty()) {
            server.wheel.add(drawing, onGrid(now, SECOND_NANOS));
        }
    }

    private long onGrid(long now, long period) {
        long offset = (long) (phase * period);
        return offset + Math.max(0, Math.ceilDiv(now - offset, period)) * period;
    }

    /** The peer says that it has all before this record, and wants what follows. */
    void resumed(long seq) {
        int before = cut.cardinality();
        var claimed = cut.get(0, (int) seq);
        sent.or(claimed);
        cut.andNot(claimed);
        for (int i = sent.nextSetBit((int) seq); i >= 0; i = sent.nextSetBit(i + 1)) {
            cut.set(i);
        }
        sent.clear((int) seq, Math.max((int) seq, sent.length()));
        LiveCounts.add(server.counts.cut, cut.cardinality() - before);
    }

    /** A record has got its last byte out. */
    void wrote(long seq) {
        if (!begun.get((int) seq)) {
            begun.set((int) seq);
            LiveCounts.add(server.counts.begun, 1);
        }
    }

    /** The connection has ended, or the server stops. */
    void ended(SeedLinkConversation which, BitSet written, boolean inOrder) {
        int before = cut.cardinality();
        if (inOrder) {
            sent.or(written);
            cut.andNot(written);
        } else {
            written.andNot(sent);
            cut.or(written);
        }
        LiveCounts.add(server.counts.cut, cut.cardinality() - before);
        if (listener == which) {
            listener = null;
            LiveCounts.add(server.counts.connected, -1);
            server.wheel.remove(drawing);
        }
    }

    /** The sequence of the first record that is not before an index of the ring. */
    long seqFrom(long index) {
        for (long i = index; i < server.ring.head(); i++) {
            if (server.ring.station(i) == this) {
                return server.ring.seq(i);
            }
        }
        return nextSeq;
    }

    // ---- faults

    private void draw(long now) {
        long second = now / SECOND_NANOS;
        var fault = server.plan.faults().draw(server.plan.seed(), index, second);
        var at = listener;
        if (fault != null && at != null && strike(at, fault, now)) {
            tally.fault(fault.kind());
            LiveCounts.add(server.counts.faults, 1);
        }
        if (listener != null) {
            server.wheel.add(drawing, onGrid((second + 1) * SECOND_NANOS, SECOND_NANOS));
        }
    }

    private boolean strike(SeedLinkConversation at, Fault fault, long now) {
        return switch (fault.kind()) {
            case SILENCE -> {
                silentUntil = now + fault.nanos();
                yield true;
            }
            case FLOOD -> {
                floodsUntil = now + fault.nanos();
                dueNanos = Math.min(dueNanos, now);
                server.wheel.add(making, now);
                yield true;
            }
            case REFUSE -> {
                refusesUntil = now + fault.nanos();
                at.reset();
                yield true;
            }
            case RESET -> {
                at.reset();
                yield true;
            }
            case HALF_OPEN -> {
                at.vanish();
                yield true;
            }
            case SLOW -> {
                at.slow(now + fault.nanos());
                yield true;
            }
            case CUT -> at.cut();
            case GARBAGE -> {
                var garbage = new byte[1 + (int) (Seeds.fraction(now, index) * 200)];
                new java.util.SplittableRandom(Seeds.mix(now, index)).nextBytes(garbage);
                boolean written = at.garbage(garbage);
                tally.garbageBytes += written ? garbage.length : 0;
                yield written;
            }
        };
    }

    // ---- stop

    NetworkReport.SourceCount report() {
        for (int from = cut.nextSetBit(0); from >= 0; ) {
            int to = cut.nextClearBit(from);
            tally.cut(from, to - 1);
            from = cut.nextSetBit(to);
        }
        long done = sent.cardinality() + (long) cut.cardinality();
        tally.withheld = nextSeq - done;
        return tally.report(id, done);
    }

    void command() {
        tally.commands++;
    }
}
