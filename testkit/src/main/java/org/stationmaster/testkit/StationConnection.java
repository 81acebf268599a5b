package org.stationmaster.testkit;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One connection, accepted or made by the station: bytes in and out, at most one partly written record, no opinion about what it means. For
 * the network's thread.
 */
final class StationConnection {
    private static final byte[] NOTHING = {};
    private static final byte[] LINE_END = {'\r', '\n'};
    private static final long HELLO_NANOS = 30_000_000_000L;
    private static final int SEND_BUFFER_BYTES = 64 * 1024;

    final int portIndex;
    private final Network network;
    private final SocketChannel channel;
    private final SelectionKey key;
    private final Due helloLimit = new Due(this::helloMissing);
    private @Nullable Station station;
    /** It has called, and waits for the answer. */
    private @Nullable Station calling;

    private byte[] unread = NOTHING;
    private boolean isChunked;
    private boolean isClosing;
    private @Nullable ByteBuffer unwritten;

    StationConnection(Network network, SocketChannel channel, SelectionKey key, int portIndex) throws IOException {
        this.network = network;
        this.channel = channel;
        this.key = key;
        this.portIndex = portIndex;
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        // small, as of a device: what a dead peer has not taken is little
        channel.setOption(StandardSocketOptions.SO_SNDBUF, SEND_BUFFER_BYTES);
        key.interestOps(SelectionKey.OP_READ);
    }

    /** Begins to wait for the hello, or serves {@code only} when there is none. */
    void open(@Nullable Station only) {
        if (only == null) {
            network.wheel.add(helloLimit, network.nowNanos() + HELLO_NANOS);
        } else {
            serve(only);
        }
    }

    /** The station has called: says who it is. */
    void call(Station caller) {
        say(network.wire.greeting(caller.id));
        if (network.wire.awaitsAnswer()) {
            calling = caller;
            network.wheel.add(helloLimit, network.nowNanos() + HELLO_NANOS);
        } else {
            serve(caller);
        }
    }

    private void serve(Station asked) {
        network.wheel.remove(helloLimit);
        station = asked;
        asked.connected(this);
    }

    private void helloMissing(long nowNanos) {
        LiveCounts.add(network.counts.withoutHello, 1);
        close();
    }

    // ---- in

    /** The socket has something to read. */
    void readable() {
        var in = network.inbound.clear().put(unread);
        int count;
        try {
            count = channel.read(in);
        } catch (IOException e) {
            broken();
            return;
        }
        if (count < 0) {
            peerEnded();
            return;
        }
        in.flip();
        while (channel.isOpen() && key.isValid() && !isClosing) {
            int length = network.wire.next(in);
            if (length == Wire.NEED_MORE) {
                keep(in);
                return;
            }
            if (length == Wire.TOO_LONG) {
                LiveCounts.add(network.counts.oversize, 1);
                broken();
                return;
            }
            var message = in.slice(in.position(), length);
            in.position(in.position() + length + network.wire.tailBytes());
            take(message);
        }
    }

    private void keep(ByteBuffer in) {
        unread = in.hasRemaining() ? new byte[in.remaining()] : NOTHING;
        in.get(unread);
    }

    private void take(ByteBuffer message) {
        if (station != null) {
            station.command(this, message);
            return;
        }
        var hello = StandardCharsets.UTF_8.decode(message.slice()).toString();
        if (calling != null) {
            answered(calling, hello);
            return;
        }
        var asked = network.asked(hello, portIndex);
        if (asked == null) {
            LiveCounts.add(network.counts.unknownIds, 1);
            sayLast(network.wire.refusal(hello, network.ids(portIndex)));
            return;
        }
        serve(asked);
        if (channel.isOpen() && !isClosing) {
            say(network.wire.welcome(hello));
            isChunked = network.wire.isChunked(hello);
        }
    }

    private void answered(Station caller, String answer) {
        calling = null;
        if (network.wire.isTaken(answer)) {
            isChunked = true;
            serve(caller);
        } else {
            close();
        }
    }

    private void say(String words) {
        say(words.getBytes(StandardCharsets.UTF_8));
    }

    private void say(byte[] words) {
        try {
            begin(ByteBuffer.wrap(words), Integer.MAX_VALUE);
        } catch (IOException e) {
            broken();
        }
    }

    /** Closes once it is said. */
    private void sayLast(String words) {
        isClosing = true;
        say(words);
        if (!isHolding()) {
            close();
        }
    }

    /** The station takes nobody now. */
    void refuse() {
        station = null;
        if (network.plan.dial() || network.wire.busy().isEmpty()) {
            reset();
        } else {
            sayLast(network.wire.busy());
        }
    }

    private void broken() {
        if (station == null) {
            close();
        } else {
            station.ended(this, Ending.BROKEN);
        }
    }

    /** The peer's FIN: an end in order when it found whole records only. */
    private void peerEnded() {
        if (station == null) {
            close();
            return;
        }
        try {
            station.ended(this, flush(Integer.MAX_VALUE) ? Ending.BY_PEER : Ending.BROKEN);
        } catch (IOException e) {
            broken();
        }
    }

    // ---- out

    /** Whether a record (or garbage) is written in part. */
    boolean isHolding() {
        return unwritten != null;
    }

    /**
     * Begins to write; {@link #isHolding} must be false. What the socket does not take is held and goes out by itself,
     * unless {@code mostBytes} were asked for and written.
     *
     * @return whether at least one byte was written
     * @throws IOException the connection is broken
     */
    boolean begin(ByteBuffer record, int mostBytes) throws IOException {
        var bytes = isChunked ? chunk(record) : record;
        int written = write(bytes, mostBytes);
        if (written > 0 && bytes.hasRemaining()) {
            unwritten = ByteBuffer.allocateDirect(bytes.remaining()).put(bytes).flip();
            awaitRoom(written < mostBytes);
        }
        return written > 0;
    }

    private static ByteBuffer chunk(ByteBuffer record) {
        var size = Integer.toHexString(record.remaining()).getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(size.length + 4 + record.remaining())
                .put(size)
                .put(LINE_END)
                .put(record)
                .put(LINE_END)
                .flip();
    }

    /**
     * Writes what is held.
     *
     * @return whether nothing is held any more
     * @throws IOException the connection is broken
     */
    boolean flush(int mostBytes) throws IOException {
        var held = unwritten;
        if (held == null) {
            return true;
        }
        int written = write(held, mostBytes);
        boolean whole = !held.hasRemaining();
        if (whole) {
            unwritten = null;
        }
        awaitRoom(!whole && written < mostBytes);
        return whole;
    }

    /** The socket has room for what is held. */
    void writable() {
        try {
            if (flush(Integer.MAX_VALUE) && isClosing) {
                close();
            }
        } catch (IOException e) {
            broken();
        }
    }

    private int write(ByteBuffer bytes, int mostBytes) throws IOException {
        if (bytes.remaining() <= mostBytes) {
            return channel.write(bytes);
        }
        int limit = bytes.limit();
        bytes.limit(bytes.position() + mostBytes);
        try {
            return channel.write(bytes);
        } finally {
            bytes.limit(limit);
        }
    }

    private void awaitRoom(boolean wanted) {
        if (key.isValid()) {
            key.interestOps(wanted ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ);
        }
    }

    /**
     * After the peer's FIN: whether it has taken all that was written. A peer that had closed its socket before the
     * last write answers that with RST, which Linux hides from readers behind the FIN; another write shows it. An
     * urgent byte is one that a peer that has only shut down its sending half does not find in its stream.
     */
    boolean isStanding() {
        try {
            channel.socket().sendUrgentData(0);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    // ---- ends

    /** FIN behind what was written. */
    void close() {
        network.wheel.remove(helloLimit);
        quietly(channel::close);
    }

    /** RST. */
    void reset() {
        quietly(() -> channel.setOption(StandardSocketOptions.SO_LINGER, 0));
        close();
    }

    /** Neither reads, writes nor closes any more. */
    void vanish() {
        key.cancel();
        quietly(() -> network.vanish(channel));
    }

    /** FIN; {@link #close} follows. */
    void shutdownOutput() {
        quietly(channel::shutdownOutput);
    }

    /** The network stops: nothing is begun any more. */
    void beginWindUp() {
        if (isHolding()) {
            key.interestOps(SelectionKey.OP_WRITE);
        } else {
            shutdownOutput();
        }
    }

    /**
     * While the network stops: writes out what is held, then reads away what comes until the peer has ended, too; a
     * socket closed with something unread would reset what the peer has not read yet.
     */
    void windUp() {
        try {
            if (!isHolding()) {
                if (channel.read(network.inbound.clear()) < 0) {
                    close();
                }
            } else if (flush(Integer.MAX_VALUE)) {
                key.interestOps(SelectionKey.OP_READ);
                shutdownOutput();
            } else {
                key.interestOps(SelectionKey.OP_WRITE);
            }
        } catch (IOException e) {
            close();
        }
    }

    private interface Closing {
        void run() throws IOException;
    }

    private static void quietly(Closing end) {
        try {
            end.run();
        } catch (IOException e) {
            // it is ended either way, and counted by whoever ended it
        }
    }

    /** How a connection that served a station came to its end. */
    enum Ending {
        /** By the peer's FIN, behind whole records. */
        BY_PEER,
        /** By an error, by a message too long, or because the source came again. */
        BROKEN,
        /** By a fault, which sees to the socket itself. */
        BY_FAULT
    }
}
