package org.stationmaster.stations.seedlink;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Connection;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Session;
import org.stationmaster.core.api.Slot;
import org.stationmaster.core.api.SlotReleasedException;

/** One conversation with a SeedLink server: the handshake, then packets until the connection ends. */
final class SeedLinkSession implements Session {
    /** The longest line of an answer. */
    static final int LINE_LIMIT_BYTES = 4096;

    /** After so long without a byte the server is asked who it is, so that the ways between us stay open. */
    static final long KEEP_ALIVE_NANOS = 30_000_000_000L;

    private static final String KEEP_ALIVE = "INFO ID";

    /** How long an answer to a command may take. */
    static final long ANSWER_NANOS = 30_000_000_000L;

    /** A tick that comes later than this was not the server's doing. */
    private static final long TICK_NANOS = 1_000_000_000L;

    private final Connection connection;
    private final List<Member> members = new ArrayList<>();
    private final Handshake handshake;
    private final int limitBytes;
    private @Nullable SeedLinkDecoder decoder;

    /** By {@link MiniSeedHeader#stationHash}, sorted, once packets come. */
    private Member[] routes = {};

    private long[] routeHashes = {};
    private boolean heard;
    private long quietFromNanos;

    /** How long the answer that is due has taken. */
    private long waitedNanos;

    private long lastTickNanos;

    SeedLinkSession(Member first, Connection connection) {
        this.connection = connection;
        members.add(first);
        this.handshake = new Handshake(members);
        int set = first.slot.source().frameLimitBytes();
        this.limitBytes = set == 0 ? MiniSeedHeader.DEFAULT_LIMIT_BYTES : set;
        send(handshake.hello());
    }

    /** Adds a station, or hears how the part of one that is there may end; false: it is too late, or it is there twice. */
    @SuppressWarnings("ReferenceEquality") // a slot's object is one attempt of one source
    boolean join(Slot slot, Subscription subscription, Consumer<ProtocolException> end) {
        for (var member : members) {
            if (member.slot == slot) {
                member.onEnd(end);
                return true;
            }
        }
        if (!handshake.isOpen()
                || members.stream().anyMatch(other -> other.subscription.id().equals(subscription.id()))) {
            return false;
        }
        var member = new Member(slot, subscription);
        member.onEnd(end);
        members.add(member);
        return true;
    }

    private void send(String command) {
        connection.write(ByteBuffer.wrap((command + "\r\n").getBytes(ISO_8859_1)));
    }

    @Override
    public void onBytes(ByteBuffer bytes) throws ProtocolException {
        heard |= bytes.hasRemaining();
        var packets = decoder;
        while (packets == null) {
            var line = line(bytes);
            if (line == null) {
                return;
            }
            waitedNanos = 0;
            var command = handshake.answer(line);
            if (command != null) {
                send(command);
            }
            if (handshake.isDone()) {
                packets = new SeedLinkDecoder(handshake.version(), limitBytes);
                decoder = packets;
                plotRoutes();
            }
        }
        onPackets(bytes, packets);
    }

    /** Takes a line up to LF, without the CR before it; null: it has no end yet. */
    private static @Nullable String line(ByteBuffer bytes) throws ProtocolException {
        int start = bytes.position();
        for (int at = start; at < bytes.limit(); at++) {
            if (bytes.get(at) == '\n') {
                var line = new byte[at - start];
                bytes.get(line).position(at + 1);
                return new String(line, ISO_8859_1).stripTrailing();
            }
        }
        if (bytes.remaining() >= LINE_LIMIT_BYTES) {
            throw new ProtocolException(
                    EndReason.CORRUPT, "a line of more than " + LINE_LIMIT_BYTES + " bytes in answer to a command");
        }
        return null;
    }

    private void onPackets(ByteBuffer bytes, SeedLinkDecoder packets) {
        while (true) {
            switch (packets.decode(bytes)) {
                case FRAME -> {
                    switch (packets.kind()) {
                        case RECORD -> record(bytes, packets);
                        case INFO -> {} // the answer to a keep-alive
                        case OTHER -> corrupt(packets.frameLength(), "a payload that is no miniSEED");
                    }
                }
                case CORRUPT -> corrupt(packets.corruptBytes(), packets.corruption());
                case NEED_MORE -> {
                    return;
                }
            }
        }
    }

    /** Of the connection, which has no source of its own: counted at the first that is there. */
    private void corrupt(long bytes, String what) {
        anybody().corrupt(bytes, what);
    }

    private Slot anybody() {
        for (var member : members) {
            if (member.slot.isActive()) {
                return member.slot;
            }
        }
        return members.getFirst().slot;
    }

    private void plotRoutes() {
        routes = members.toArray(Member[]::new);
        Arrays.sort(routes, Comparator.comparingLong(SeedLinkSession::hash));
        routeHashes = Arrays.stream(routes).mapToLong(SeedLinkSession::hash).toArray();
    }

    private static long hash(Member member) {
        return MiniSeedHeader.stationHash(member.subscription.network, member.subscription.station);
    }

    /** Whose record it is; null: nobody's. */
    private @Nullable Member route(MiniSeedHeader header) {
        if (routes[0].subscription.isAnyStation()) {
            return routes[0];
        }
        int at = Arrays.binarySearch(routeHashes, header.stationHash());
        if (at < 0) {
            return null;
        }
        var found = routes[at];
        return header.isFrom(found.subscription.network, found.subscription.station) ? found : null;
    }

    private void record(ByteBuffer bytes, SeedLinkDecoder packets) {
        var header = packets.header();
        int version = handshake.version();
        long sequence = packets.sequence();
        if (!Token.isPossible(version, sequence)) {
            corrupt(packets.frameLength(), "a sequence number that is none");
            return;
        }
        var member = route(header);
        if (member == null) {
            anybody().odd(Slot.Oddity.FOREIGN, () -> "a record of " + header.codes() + " that was not asked for");
            return;
        }
        int next = bytes.position();
        int limit = bytes.limit();
        bytes.limit(packets.frameStart() + packets.frameLength()).position(packets.frameStart());
        try {
            member.slot.emit(bytes, header.endNanos(), Token.of(version, sequence));
            member.subscription.received(version, sequence, header, member.slot);
        } catch (SlotReleasedException e) {
            if (members.size() == 1) {
                throw e;
            } // else the machine has counted it: the station was released or paused, and the others go on
        } finally {
            bytes.limit(limit).position(next);
        }
    }

    @Override
    public void onTick(long nanoTime) throws ProtocolException {
        if (decoder == null) {
            awaitAnswer(nanoTime);
        }
        if (heard || quietFromNanos == 0 || decoder == null) {
            heard = false;
            quietFromNanos = nanoTime;
        } else if (nanoTime - quietFromNanos >= KEEP_ALIVE_NANOS) {
            quietFromNanos = nanoTime;
            send(KEEP_ALIVE);
        }
    }

    private void awaitAnswer(long nanoTime) throws ProtocolException {
        waitedNanos += lastTickNanos == 0 ? 0 : Math.min(nanoTime - lastTickNanos, TICK_NANOS);
        lastTickNanos = nanoTime;
        if (waitedNanos >= ANSWER_NANOS) {
            throw new ProtocolException(
                    EndReason.CORRUPT,
                    "no answer to " + handshake.unanswered() + " within " + ANSWER_NANOS / 1_000_000_000 + " s");
        }
    }

    @Override
    public void onEnd(int leftBytes) {
        var packets = decoder;
        long torn = packets == null ? 0 : leftBytes + packets.untoldBytes();
        if (torn > 0) {
            corrupt(torn, "the connection ended inside a packet");
        }
    }
}
