package org.stationmaster.stations;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import org.stationmaster.core.api.Decoder;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Source;
import org.stationmaster.testkit.RecordingConnection;
import org.stationmaster.testkit.RecordingSlot;

/** What is fuzzed: any bytes in any pieces; a decoder neither throws nor spins nor grows, nor does what reads its frames. */
final class FuzzTargets {
    private static final int LIMIT = 64;

    private FuzzTargets() {}

    static void frames(byte[] input) {
        feed(new FrameDecoder(LIMIT), input, LIMIT, LIMIT + FrameDecoder.LENGTH_BYTES);
    }

    static void lines(byte[] input) {
        feed(new LineDecoder(LIMIT), input, LIMIT, LIMIT);
    }

    /** The bytes as they are, and as a message with a right CRC. */
    static void rtcm3(byte[] input) {
        feed(new Rtcm3Decoder(0), input, Rtcm3Decoder.MAX_FRAME_BYTES, Rtcm3Decoder.MAX_FRAME_BYTES);
        var message = Arrays.copyOf(input, Math.min(input.length, 1023));
        var frame = Rtcm3MessageTest.frameAround(message);
        var read = Rtcm3Message.of(frame);
        read.type();
        read.stationId();
        read.stationPosition();
        read.equipment();
        read.epoch(Instant.EPOCH);
    }

    /** The bytes as they are, and as a sentence with a right checksum. */
    static void nmea(byte[] input) {
        feed(new NmeaDecoder(LIMIT), input, LIMIT, NmeaDecoder.MAX_BYTES);
        var text = new StringBuilder();
        for (byte b : input) {
            char c = (char) (' ' + (b & 0x7f) % 95);
            text.append(c == '$' || c == '*' ? ',' : c);
        }
        var shortened = text.substring(0, Math.min(text.length(), 500));
        var frame = ByteBuffer.wrap(NmeaDecoderTest.sentence(shortened).getBytes(StandardCharsets.US_ASCII));
        var read = NmeaSentence.of(frame);
        read.talker();
        read.formatter();
        read.position();
        read.time(Instant.EPOCH);
    }

    static void tsip(byte[] input) {
        var decoding = feed(new TsipDecoder(LIMIT), input, LIMIT, LIMIT);
        var time = new TsipTime(new GnssTime(18));
        for (var frame : decoding.frames) {
            var bytes = ByteBuffer.wrap(frame.getBytes(StandardCharsets.ISO_8859_1));
            TsipPacket.of(bytes);
            time.nanos(bytes, 0);
        }
    }

    /** The bytes as they are, and as the data of two pages with right checksums. */
    static void gsof(byte[] input) {
        feed(new GsofDecoder(0), input, GsofDecoder.MAX_FRAME_BYTES, GsofDecoder.MAX_FRAME_BYTES);
        int half = Math.min(input.length / 2, 240);
        var time = new GsofTime(new GnssTime(18));
        var transmission = new GsofTransmission();
        for (int i = 0; i < 2; i++) {
            var data = Arrays.copyOfRange(input, i * half, (i + 1) * half);
            var page = ByteBuffer.wrap(GsofTest.page(1, i, 1, data));
            time.nanos(page, 0);
            transmission.add(page);
        }
    }

    /** The bytes as a caster's answer, as its stream in chunks, as its stream without them, and as its sourcetable. */
    static void ntrip(byte[] input) {
        var source = Source.builder("A", Ntrip.NAME, "127.0.0.1", 2101)
                .option(Ntrip.MOUNTPOINT, "A")
                .option(Ntrip.GGA_LATITUDE, "1")
                .option(Ntrip.GGA_LONGITUDE, "2")
                .build();
        hear(source, "", input);
        hear(source, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", input);
        hear(source, "ICY 200 OK\r\n", input);
        var table = new NtripTable();
        for (int i = 0; i < 3 && table.take(ByteBuffer.wrap(input)); i++) {
            table.take(ByteBuffer.wrap("\r\nSTR;".getBytes(StandardCharsets.US_ASCII)));
        }
        table.streams().forEach(stream -> Ntrip.isMountpoint(stream.mountpoint()));
        Gga.parse(new String(input, StandardCharsets.ISO_8859_1));
    }

    private static void hear(Source source, String before, byte[] input) {
        var slot = new RecordingSlot(source);
        var session = new NtripTask(source).open(slot, new RecordingConnection());
        var left = ByteBuffer.wrap(before.getBytes(StandardCharsets.US_ASCII));
        int piece = piece(input);
        try {
            for (int from = 0; from < input.length; from += piece) {
                int to = Math.min(input.length, from + piece);
                var next = ByteBuffer.allocate(left.remaining() + to - from)
                        .put(left)
                        .put(input, from, to - from)
                        .flip();
                session.onBytes(next);
                session.onTick(from);
                left = next;
                if (left.remaining() > NtripAnswer.LINE_LIMIT_BYTES) {
                    throw new AssertionError("it left " + left.remaining() + " bytes unread");
                }
            }
        } catch (ProtocolException e) {
            if (String.valueOf(e.getMessage()).isBlank()) {
                throw new AssertionError("an end without words", e);
            }
        }
        session.onEnd(left.remaining());
        if (slot.corruptBytes() > input.length + before.length()) {
            throw new AssertionError("more is corrupt than there was: " + slot.corruptBytes());
        }
    }

    private static int piece(byte[] input) {
        return input.length == 0 ? 1 : 1 + (input[0] & 0x3f);
    }

    /** The first byte says how large the pieces are. */
    private static Decoding feed(Decoder decoder, byte[] input, int mostBytes, int mostLeft) {
        var decoding = new Decoding(decoder);
        int piece = piece(input);
        boolean going = true;
        for (int from = 0; from < input.length && going; from += piece) {
            going = decoding.feed(input, from, Math.min(input.length, from + piece));
            if (decoding.mostLeft >= mostLeft) {
                throw new AssertionError("it left " + decoding.mostLeft + " bytes unread");
            }
        }
        for (var frame : decoding.frames) {
            if (frame.length() > mostBytes) {
                throw new AssertionError("a frame of " + frame.length() + " bytes");
            }
        }
        return decoding;
    }
}
