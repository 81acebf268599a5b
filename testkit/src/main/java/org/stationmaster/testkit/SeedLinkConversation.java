package org.stationmaster.testkit;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One client of a simulated SeedLink server: its commands, its stations, and where in the ring it is. For the server's
 * thread.
 */
final class SeedLinkConversation {
    private static final int LINE_LIMIT_BYTES = 4096;
    private static final int BUFFER_BYTES = 64 * 1024;
    private static final int SEND_BUFFER_BYTES = 64 * 1024;
    private static final int SLOW_BYTES = 20;
    private static final long SLOW_PAUSE_NANOS = 20_000_000;
    private static final int MAX_PACKET_HEAD_BYTES = 64;
    private static final DateTimeFormatter TIME_3 = DateTimeFormatter.ofPattern("u,M,d,H,m,s", Locale.ROOT);
    private static final Pattern CODE = Pattern.compile("[A-Za-z0-9?*_-]{1,64}");

    /** What a client wants of one station. */
    private static final class Want {
        final SeedLinkStation station;
        final List<Pattern> wanted = new ArrayList<>();
        final List<Pattern> unwanted = new ArrayList<>();
        final BitSet written = new BitSet();
        long from;
        long untilNanos = Long.MAX_VALUE;

        Want(SeedLinkStation station, long from) {
            this.station = station;
            this.from = from;
        }

        boolean takes(String stream) {
            return (wanted.isEmpty()
                            || wanted.stream().anyMatch(p -> p.matcher(stream).matches()))
                    && unwanted.stream().noneMatch(p -> p.matcher(stream).matches());
        }
    }

    /** A packet that is not yet out as a whole. */
    private record Waiting(Want want, long seq, long endBytes) {}

    final int portIndex;
    private final SeedLinkServer server;
    private final SocketChannel channel;
    private final SelectionKey key;
    private final ByteBuffer in = ByteBuffer.allocate(LINE_LIMIT_BYTES);
    private final Map<SeedLinkStation, Want> wants = new LinkedHashMap<>();
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private final Due dribbling = new Due(this::dribble);
    private List<Want> asked = List.of();
    private ByteBuffer out = ByteBuffer.allocate(BUFFER_BYTES);
    private long queuedBytes;
    private long writtenBytes;
    private int version = 3;
    private boolean isStreaming;
    private boolean isFetch;
    private boolean isUni;
    private boolean isOver;
    private long cursor;
    private long slowUntil;

    SeedLinkConversation(SeedLinkServer server, SocketChannel channel, SelectionKey key, int portIndex)
            throws IOException {
        this.server = server;
        this.channel = channel;
        this.key = key;
        this.portIndex = portIndex;
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.setOption(StandardSocketOptions.SO_SNDBUF, SEND_BUFFER_BYTES);
        key.interestOps(SelectionKey.OP_READ);
    }

    // ---- commands

    void readable() {
        int count;
        try {
            count = channel.read(in);
        } catch (IOException e) {
            end(false);
            return;
        }
        if (count < 0) {
            flush(Integer.MAX_VALUE);
            end(true);
            return;
        }
        in.flip();
        for (var line = line(); line != null && !isOver; line = line()) {
            obey(line);
        }
        in.compact();
        if (!in.hasRemaining()) {
            LiveCounts.add(server.counts.oversize, 1);
            end(false);
        }
        pump();
    }

    /** Up to CR or LF; empty lines are passed over. */
    private @Nullable String line() {
        int start = in.position();
        for (int at = start; at < in.limit(); at++) {
            byte b = in.get(at);
            if (b == '\r' || b == '\n') {
                var line = new String(in.array(), start, at - start, US_ASCII).strip();
                in.position(at + 1);
                if (!line.isEmpty()) {
                    return line;
                }
                start = at + 1;
            }
        }
        return null;
    }

    private void obey(String line) {
        server.heard(line);
        var words = line.split("\\s+");
        switch (words[0].toUpperCase(Locale.ROOT)) {
            case "HELLO" ->
                say("SeedLink v3.1 (Stationmaster simulator) :: SLPROTO:4.0 SLPROTO:3.1\r\nSimulated network");
            case "SLPROTO" -> slproto(words);
            case "USERAGENT", "BATCH" -> say("OK");
            case "AUTH" -> say(line.endsWith(" wrong") ? "ERROR UNAUTHORIZED no such user" : "OK");
            case "STATION" -> station(words);
            case "SELECT" -> select(words);
            case "DATA" -> start(words, false);
            case "FETCH" -> start(words, true);
            case "TIME" -> time(words);
            case "END", "ENDFETCH" -> stream(isFetch || words[0].equalsIgnoreCase("ENDFETCH"));
            case "INFO" -> info(words.length > 1 ? words[1].toUpperCase(Locale.ROOT) : "ID");
            case "BYE" -> {
                flush(Integer.MAX_VALUE);
                end(true);
            }
            default -> say("ERROR UNSUPPORTED");
        }
    }

    private void say(String text) {
        enqueue((text + "\r\n").getBytes(US_ASCII));
    }

    private void slproto(String[] words) {
        if (words.length == 2 && (words[1].equals("4.0") || words[1].equals("3.1"))) {
            version = words[1].charAt(0) - '0';
            say("OK");
        } else {
            say("ERROR UNSUPPORTED");
        }
    }

    private void station(String[] words) {
        var id = version == 3 && words.length == 3 ? words[2] + '_' + words[1] : words.length == 2 ? words[1] : "";
        if (!CODE.matcher(id).matches()) {
            say("ERROR ARGUMENTS");
            return;
        }
        var pattern = glob(id);
        var found = new ArrayList<Want>();
        for (var station : server.stations) {
            if (station.portIndex == portIndex
                    && pattern.matcher(station.codes()).matches()) {
                if (station.isRefusing(server.nowNanos())) {
                    reset();
                    return;
                }
                found.add(wants.computeIfAbsent(station, s -> new Want(s, server.ring.head())));
            }
        }
        asked = found;
        if (found.isEmpty()) {
            LiveCounts.add(server.counts.unknownIds, 1);
        }
        say(found.isEmpty() ? "ERROR ARGUMENTS no such station" : "OK");
    }

    /** In uni-station mode the commands are for the only station there is. */
    private List<Want> asked() {
        if (wants.isEmpty() && version == 3) {
            for (var station : server.stations) {
                if (station.portIndex == portIndex) {
                    wants.put(station, new Want(station, server.ring.head()));
                    asked = List.copyOf(wants.values());
                    break;
                }
            }
            isUni = true;
        }
        return asked;
    }

    private void select(String[] words) {
        if (asked().isEmpty() || words.length != 2) {
            say("ERROR ARGUMENTS");
            return;
        }
        boolean isNot = words[1].startsWith("!");
        var text = isNot ? words[1].substring(1) : words[1];
        var pattern = text.contains("_") ? text : pattern3(text);
        if (pattern == null) {
            say("ERROR ARGUMENTS");
            return;
        }
        int dot = pattern.indexOf('.');
        for (var want : asked) {
            (isNot ? want.unwanted : want.wanted).add(glob(dot < 0 ? pattern : pattern.substring(0, dot)));
        }
        say("OK");
    }

    /** {@code [LL]CCC[.T]} as a pattern of streams. */
    private static @Nullable String pattern3(String text) {
        int dot = text.indexOf('.');
        var codes = dot < 0 ? text : text.substring(0, dot);
        if (codes.length() != 3 && codes.length() != 5) {
            return null;
        }
        var location = codes.length() == 3 ? "*" : codes.startsWith("--") ? "" : codes.substring(0, 2);
        return location
                + '_'
                + String.join("_", codes.substring(codes.length() - 3).split(""));
    }

    private static Pattern glob(String text) {
        var regex = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            regex.append(c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(String.valueOf(c)));
        }
        return Pattern.compile(regex.toString());
    }

    private void start(String[] words, boolean fetch) {
        if (asked().isEmpty()) {
            say("ERROR UNEXPECTED");
            return;
        }
        try {
            for (var want : asked) {
                if (words.length > 1 && !words[1].equals("ALL")) {
                    long sequence = version == 3 ? Long.parseLong(words[1], 16) : Long.parseLong(words[1]);
                    want.from = server.ring.from(version, sequence);
                    want.station.resumed(want.station.seqFrom(want.from));
                } else if (words.length > 1) {
                    want.from = words.length > 2 ? server.ring.since(nanos(words[2])) : server.ring.oldest();
                } else {
                    want.from = fetch ? server.ring.oldest() : server.ring.head();
                }
                want.untilNanos = version == 4 && words.length > 3 ? nanos(words[3]) : Long.MAX_VALUE;
            }
        } catch (DateTimeParseException | NumberFormatException e) {
            say("ERROR ARGUMENTS");
            return;
        }
        isFetch |= fetch;
        started();
    }

    private void time(String[] words) {
        if (asked().isEmpty() || words.length < 2) {
            say("ERROR ARGUMENTS");
            return;
        }
        try {
            for (var want : asked) {
                want.from = server.ring.since(nanos(words[1]));
                want.untilNanos = words.length > 2 ? nanos(words[2]) : Long.MAX_VALUE;
            }
        } catch (DateTimeParseException e) {
            say("ERROR ARGUMENTS");
            return;
        }
        started();
    }

    private static long nanos(String text) {
        var instant = text.indexOf(',') < 0
                ? Instant.parse(text)
                : LocalDateTime.parse(text, TIME_3).toInstant(ZoneOffset.UTC);
        return instant.getEpochSecond() * 1_000_000_000L + instant.getNano();
    }

    private void started() {
        if (isUni) {
            stream(isFetch);
        } else {
            say("OK");
        }
    }

    private void stream(boolean fetch) {
        if (wants.isEmpty()) {
            say("ERROR UNEXPECTED");
            return;
        }
        isFetch = fetch;
        isStreaming = true;
        cursor = server.ring.head();
        for (var want : wants.values()) {
            cursor = Math.min(cursor, want.from);
            want.station.subscribed(this, server.nowNanos());
        }
    }

    // ---- answers to INFO

    private void info(String what) {
        for (var want : wants.values()) {
            want.station.command();
        }
        LiveCounts.add(server.counts.commands, 1);
        if (version == 4) {
            packet4(
                    'J',
                    'I',
                    0,
                    "",
                    ByteBuffer.wrap(server.infoJson(what, portIndex).getBytes(US_ASCII)));
            return;
        }
        var text = server.infoXml(what, portIndex).getBytes(US_ASCII);
        for (int from = 0; from < text.length; from += MiniSeedRecords.TEXT_BYTES) {
            int length = Math.min(MiniSeedRecords.TEXT_BYTES, text.length - from);
            boolean isLast = from + length == text.length;
            enqueue(("SLINFO " + (isLast ? ' ' : '*')).getBytes(US_ASCII));
            enqueue(server.records.text(from, server.epochNanos(server.nowNanos()), text, from, length));
        }
    }

    // ---- packets

    /** Whether it has packets to write and room for them. */
    void pump() {
        if (!isStreaming || isOver || (server.nowNanos() < slowUntil && out.position() > 0)) {
            return;
        }
        cursor = Math.max(cursor, server.ring.oldest());
        while (cursor < server.ring.head() && out.remaining() >= MAX_PACKET_HEAD_BYTES + server.longestRecordBytes()) {
            long index = cursor++;
            var station = server.ring.station(index);
            var want = wants.get(station);
            long seq = server.ring.seq(index);
            if (want != null
                    && index >= want.from
                    && server.ring.madeNanos(index) <= want.untilNanos
                    && (version == 4 || station.format(seq) == 2)
                    && want.takes(station.stream(seq))) {
                packet(want, index, seq);
            }
        }
        flush(server.nowNanos() < slowUntil ? SLOW_BYTES : Integer.MAX_VALUE);
        if (isFetch && cursor == server.ring.head() && out.position() == 0) {
            end(true);
        }
    }

    private void packet(Want want, long index, long seq) {
        var station = want.station;
        var record = station.record(seq, server.ring.madeNanos(index));
        long sequence = SeedLinkRing.sequence(version, index);
        if (version == 3) {
            enqueue(String.format(Locale.ROOT, "SL%06X", sequence).getBytes(US_ASCII));
            enqueue(record);
        } else {
            packet4((char) ('0' + station.format(seq)), 'D', sequence, station.codes(), record);
        }
        waiting.add(new Waiting(want, seq, queuedBytes));
    }

    private void packet4(char format, char subformat, long sequence, String station, ByteBuffer payload) {
        var head = ByteBuffer.allocate(17 + station.length()).order(ByteOrder.LITTLE_ENDIAN);
        head.put((byte) 'S').put((byte) 'E').put((byte) format).put((byte) subformat);
        head.putInt(payload.remaining())
                .putLong(sequence)
                .put((byte) station.length())
                .put(station.getBytes(US_ASCII));
        enqueue(head.array());
        enqueue(payload);
    }

    private void enqueue(byte[] bytes) {
        enqueue(ByteBuffer.wrap(bytes));
    }

    private void enqueue(ByteBuffer bytes) {
        if (out.remaining() < bytes.remaining()) { // an answer to INFO may be long
            out = ByteBuffer.allocate(2 * (out.position() + bytes.remaining())).put(out.flip());
        }
        queuedBytes += bytes.remaining();
        out.put(bytes);
        if (!isStreaming) {
            flush(Integer.MAX_VALUE);
        }
    }

    void writable() {
        flush(server.nowNanos() < slowUntil ? SLOW_BYTES : Integer.MAX_VALUE);
        pump();
    }

    private void flush(int mostBytes) {
        if (isOver || out.position() == 0) {
            return;
        }
        out.flip();
        int limit = out.limit();
        out.limit(Math.min(limit, mostBytes));
        int written;
        try {
            written = channel.write(out);
        } catch (IOException e) {
            end(false);
            return;
        }
        writtenBytes += written;
        out.limit(limit).compact();
        boolean isSlow = mostBytes != Integer.MAX_VALUE;
        key.interestOps(
                out.position() > 0 && !isSlow ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ);
        if (isSlow && out.position() > 0) {
            server.wheel.add(dribbling, server.nowNanos() + SLOW_PAUSE_NANOS);
        }
        for (var next = waiting.peek(); next != null && next.endBytes() <= writtenBytes; next = waiting.peek()) {
            waiting.remove();
            next.want().written.set((int) next.seq());
            next.want().station.wrote(next.seq());
        }
    }

    private void dribble(long now) {
        flush(now < slowUntil ? SLOW_BYTES : Integer.MAX_VALUE);
        pump();
    }

    // ---- faults and ends

    void slow(long untilNanos) {
        slowUntil = untilNanos;
    }

    /** FIN in the middle of what comes next; false: there is nothing to be cut. */
    boolean cut() {
        if (out.position() == 0) {
            enqueue(String.format(Locale.ROOT, "SL%06X", 0).substring(0, 5).getBytes(US_ASCII));
        }
        flush(Math.max(1, out.position() / 2));
        quietly(channel::shutdownOutput);
        end(false);
        return true;
    }

    /** Bytes between two packets. */
    boolean garbage(byte[] bytes) {
        if (!isStreaming) {
            return false;
        }
        enqueue(bytes);
        return true;
    }

    void reset() {
        quietly(() -> channel.setOption(StandardSocketOptions.SO_LINGER, 0));
        end(false);
    }

    /** Neither reads, writes nor closes any more. */
    void vanish() {
        settle(false);
        key.cancel();
        quietly(() -> server.vanish(channel));
    }

    private void end(boolean inOrder) {
        settle(inOrder);
        quietly(channel::close);
    }

    private void settle(boolean inOrder) {
        if (!isOver) {
            isOver = true;
            server.wheel.remove(dribbling);
            wants.values().forEach(want -> want.station.ended(this, want.written, inOrder));
            server.left(this);
        }
    }

    /** The server stops: what is begun is written out, nothing more is begun. Whether all of it is out. */
    boolean windUp() {
        isStreaming = false;
        flush(Integer.MAX_VALUE);
        if (!isOver && out.position() == 0) {
            quietly(channel::shutdownOutput);
            return true;
        }
        return isOver;
    }

    /** Behind {@link #windUp}: reads away what comes; true when the peer has ended, too. */
    boolean isEnded() {
        try {
            if (isOver || channel.read(in.clear()) < 0) {
                end(true);
                return true;
            }
            return false;
        } catch (IOException e) {
            end(true); // it had all that was written, or closes without reading it
            return true;
        }
    }

    void giveUp() {
        end(out.position() == 0);
    }

    private interface Closing {
        void run() throws IOException;
    }

    private static void quietly(Closing end) {
        try {
            end.run();
        } catch (IOException e) {
            // it is ended either way, and counted
        }
    }
}
