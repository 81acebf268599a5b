package org.stationmaster.stations;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.stationmaster.core.api.Decoder;

/** The two generic ways to put payloads on a TCP connection. */
enum Wire {
    FRAMES {
        private static final int DEFAULT_LIMIT_BYTES = 1024 * 1024;

        @Override
        Decoder decoder(int limitBytes) {
            return new FrameDecoder(limitBytes == 0 ? DEFAULT_LIMIT_BYTES : limitBytes);
        }

        @Override
        ByteBuffer encode(byte[] payload) {
            return ByteBuffer.allocate(FrameDecoder.LENGTH_BYTES + payload.length)
                    .putInt(payload.length)
                    .put(payload)
                    .flip();
        }

        @Override
        String refusal(byte[] command) {
            return "";
        }
    },
    LINES {
        private static final int DEFAULT_LIMIT_BYTES = 64 * 1024;

        @Override
        Decoder decoder(int limitBytes) {
            return new LineDecoder(limitBytes == 0 ? DEFAULT_LIMIT_BYTES : limitBytes);
        }

        @Override
        ByteBuffer encode(byte[] payload) {
            boolean ended = payload.length > 0 && payload[payload.length - 1] == '\n';
            var line = ByteBuffer.allocate(payload.length + (ended ? 0 : 1)).put(payload);
            return (ended ? line : line.put((byte) '\n')).flip();
        }

        @Override
        String refusal(byte[] command) {
            for (int i = 0; i < command.length - 1; i++) {
                if (command[i] == '\n') {
                    return "a command is one line, but this one holds LF inside";
                }
            }
            return "";
        }
    };

    /** A decoder with that limit; 0: the protocol's own. */
    abstract Decoder decoder(int limitBytes);

    /** A payload as it goes over the wire. */
    abstract ByteBuffer encode(byte[] payload);

    /** Why these bytes cannot be a command; empty when they can. */
    abstract String refusal(byte[] command);

    /** The greeting that tells a station which source calls. */
    ByteBuffer hello(String id) {
        return encode(id.getBytes(StandardCharsets.US_ASCII));
    }
}
