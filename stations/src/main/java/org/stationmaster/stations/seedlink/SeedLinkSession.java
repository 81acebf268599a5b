package org.stationmaster.stations.seedlink;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Connection;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Session;
import org.stationmaster.core.api.Slot;

/** One conversation with a SeedLink server: the handshake, then packets until the connection ends. */
final class SeedLinkSession implements Session {
    /** The longest line of an answer. */
    static final int LINE_LIMIT_BYTES = 4096;

    /** After so long without a byte the server is asked who it is, so that the ways between us stay open. */
    static final long KEEP_ALIVE_NANOS = 30_000_000_000L;

    private static final String KEEP_ALIVE = "INFO ID";

    private final Slot slot;
    private final Connection connection;
    private final Subscription subscription;
    private final Handshake handshake;
    private final int limitBytes;
    private @Nullable SeedLinkDecoder decoder;
    private boolean heard;
    private long quietFromNanos;

    SeedLinkSession(Slot slot, Connection connection, Subscription subscription) {
        this.slot = slot;
        this.connection = connection;
        this.subscription = subscription;
        this.handshake = new Handshake(slot, subscription);
        int set = slot.source().frameLimitBytes();
        this.limitBytes = set == 0 ? MiniSeedHeader.DEFAULT_LIMIT_BYTES : set;
        send(handshake.hello());
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
            var command = handshake.answer(line);
            if (command != null) {
                send(command);
            }
            if (handshake.isDone()) {
                packets = new SeedLinkDecoder(handshake.version(), limitBytes);
                decoder = packets;
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
                        case OTHER -> slot.corrupt(packets.frameLength(), "a payload that is no miniSEED");
                    }
                }
                case CORRUPT -> slot.corrupt(packets.corruptBytes(), packets.corruption());
                case NEED_MORE -> {
                    return;
                }
            }
        }
    }

    private void record(ByteBuffer bytes, SeedLinkDecoder packets) {
        var header = packets.header();
        int version = handshake.version();
        long sequence = packets.sequence();
        if (!Token.isPossible(version, sequence)) {
            slot.corrupt(packets.frameLength(), "a sequence number that is none");
            return;
        }
        if (!subscription.isAnyStation() && !header.isFrom(subscription.network, subscription.station)) {
            slot.odd(Slot.Oddity.FOREIGN, () -> "a record of " + header.codes() + " that was not asked for");
            return;
        }
        int next = bytes.position();
        int limit = bytes.limit();
        bytes.limit(packets.frameStart() + packets.frameLength()).position(packets.frameStart());
        try {
            slot.emit(bytes, header.endNanos(), Token.of(version, sequence));
        } finally {
            bytes.limit(limit).position(next);
        }
        subscription.received(version, sequence, header, slot);
    }

    @Override
    public void onTick(long nanoTime) {
        if (heard || quietFromNanos == 0 || decoder == null) {
            heard = false;
            quietFromNanos = nanoTime;
        } else if (nanoTime - quietFromNanos >= KEEP_ALIVE_NANOS) {
            quietFromNanos = nanoTime;
            send(KEEP_ALIVE);
        }
    }

    @Override
    public void onEnd(int leftBytes) {
        var packets = decoder;
        long torn = packets == null ? 0 : leftBytes + packets.untoldBytes();
        if (torn > 0) {
            slot.corrupt(torn, "the connection ended inside a packet");
        }
    }
}
