package org.stationmaster.stations;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import org.stationmaster.core.api.DialIn;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Secret;
import org.stationmaster.core.api.Source;
import org.stationmaster.testkit.RecordingConnection;
import org.stationmaster.testkit.RecordingSlot;

/** What is fuzzed: any bytes in any pieces; a decoder neither throws nor spins nor grows, nor does what reads its frames. */
final class FuzzTargets {
    private static final int LIMIT = 64;

    private FuzzTargets() {}

    static void frames(byte[] input) {
        Feeding.decoder(new FrameDecoder(LIMIT), input, LIMIT, LIMIT + FrameDecoder.LENGTH_BYTES);
    }

    static void lines(byte[] input) {
        Feeding.decoder(new LineDecoder(LIMIT), input, LIMIT, LIMIT);
    }

    /** The bytes as they are, and as a message with a right CRC. */
    static void rtcm3(byte[] input) {
        Feeding.decoder(new Rtcm3Decoder(0), input, Rtcm3Decoder.MAX_FRAME_BYTES, Rtcm3Decoder.MAX_FRAME_BYTES);
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
        Feeding.decoder(new NmeaDecoder(LIMIT), input, LIMIT, NmeaDecoder.MAX_BYTES);
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
        var decoding = Feeding.decoder(new TsipDecoder(LIMIT), input, LIMIT, LIMIT);
        var time = new TsipTime(new GnssTime(18));
        for (var frame : decoding.frames) {
            var bytes = ByteBuffer.wrap(frame.getBytes(StandardCharsets.ISO_8859_1));
            TsipPacket.of(bytes);
            time.nanos(bytes, 0);
        }
    }

    /** The bytes as they are, and as the data of two pages with right checksums. */
    static void gsof(byte[] input) {
        Feeding.decoder(new GsofDecoder(0), input, GsofDecoder.MAX_FRAME_BYTES, GsofDecoder.MAX_FRAME_BYTES);
        int half = Math.min(input.length / 2, 240);
        var time = new GsofTime(new GnssTime(18), () -> {});
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

    /** What a stranger says first on an open port; and, when it was taken, what follows. */
    static void greeting(byte[] input) {
        read(new NtripDialIn(), "", input);
        read(new NtripDialIn(), "SOURCE ", input);
        read(new NtripDialIn(), "POST /", input);
        read(new NtripDialIn(), "POST /A HTTP/1.1\r\nAuthorization: Basic ", input);
        read(new FrameDialIn(), "", input);
        read(new LineDialIn(), "", input);
        var source =
                Source.dialIn("A", Ntrip.NAME).option(Ntrip.MOUNTPOINT, "A").build();
        for (var before :
                new String[] {"", "SOURCE x /A\r\n\r\n", "POST /A HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
            var session = new NtripCallSession(new RecordingSlot(source), new RecordingConnection());
            Feeding.session(session, before.getBytes(StandardCharsets.US_ASCII), input, NtripCall.LIMIT_BYTES);
        }
    }

    /** Byte by byte, as slow as a stranger may be: it answers within its limit. */
    private static void read(DialIn dialIn, String before, byte[] input) {
        var all = ByteBuffer.allocate(before.length() + input.length)
                .put(before.getBytes(StandardCharsets.US_ASCII))
                .put(input)
                .flip();
        int whole = all.limit();
        for (int limit = Math.min(1, whole); limit <= whole; limit++) {
            all.limit(limit);
            try {
                var greeting = dialIn.read(all);
                if (greeting != null) {
                    greeting.name();
                    greeting.isFrom(Source.dialIn("A", Ntrip.NAME)
                            .option(Ntrip.MOUNTPOINT, "A")
                            .password(new Secret("sesame"))
                            .build());
                    for (var refusal : DialIn.Refusal.values()) {
                        greeting.refusal(refusal);
                    }
                    return;
                }
                if (all.position() != 0 || limit > dialIn.limitBytes()) {
                    throw new AssertionError("no greeting, and it has read " + all.position() + " of " + limit);
                }
            } catch (ProtocolException e) {
                if (String.valueOf(e.getMessage()).isBlank()) {
                    throw new AssertionError("an end without words", e);
                }
                return;
            }
        }
    }

    private static void hear(Source source, String before, byte[] input) {
        var slot = new RecordingSlot(source);
        var session = new NtripTask(source).open(slot, new RecordingConnection());
        Feeding.session(session, before.getBytes(StandardCharsets.US_ASCII), input, NtripAnswer.LINE_LIMIT_BYTES);
        if (slot.corruptBytes() > input.length + before.length()) {
            throw new AssertionError("more is corrupt than there was: " + slot.corruptBytes());
        }
    }
}
