package org.stationmaster.stations;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Decoder;
import org.stationmaster.core.api.DialIn;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Secret;
import org.stationmaster.core.api.Source;

/** A station's first frame or line is its id; of a source with a password, {@code ID PASSWORD}. It is no record. */
abstract sealed class HelloDialIn implements DialIn permits LineDialIn, FrameDialIn {
    private static final int LIMIT_BYTES = 1024;
    private static final Pattern HELLO = Pattern.compile("([A-Za-z0-9][A-Za-z0-9._-]{0,63})(?: ([^\r\n]*))?\r?\n?");

    private final Wire wire;

    HelloDialIn(Wire wire) {
        this.wire = wire;
    }

    /** Who says so. */
    private record Hello(String name, String password) implements Greeting {
        /** Without the password. */
        @Override
        public String toString() {
            return name;
        }

        @Override
        public boolean isFrom(Source source) {
            var wanted = source.password();
            return wanted == null || isSame(wanted, password);
        }
    }

    /** In a time that tells nothing of how far they agree. */
    static boolean isSame(Secret wanted, String given) {
        return MessageDigest.isEqual(
                wanted.reveal().getBytes(StandardCharsets.UTF_8), given.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public final String name(Source source) {
        return source.id().value();
    }

    @Override
    public final int limitBytes() {
        return LIMIT_BYTES + FrameDecoder.LENGTH_BYTES;
    }

    @Override
    public final boolean goesByCertificate() {
        return true;
    }

    @Override
    public final @Nullable Greeting read(ByteBuffer bytes) throws ProtocolException {
        var decoder = wire.decoder(LIMIT_BYTES);
        var ahead = bytes.duplicate();
        return switch (decoder.decode(ahead)) {
            case NEED_MORE -> {
                if (bytes.remaining() >= limitBytes()) {
                    throw new ProtocolException(EndReason.CORRUPT, "no source's id comes first");
                }
                yield null;
            }
            case CORRUPT -> throw new ProtocolException(EndReason.CORRUPT, "no source's id comes first");
            case FRAME -> {
                bytes.position(ahead.position());
                yield hello(ahead, decoder);
            }
        };
    }

    private static Greeting hello(ByteBuffer bytes, Decoder decoder) throws ProtocolException {
        var text = new byte[decoder.frameLength()];
        bytes.get(decoder.frameStart(), text);
        var matcher = HELLO.matcher(new String(text, StandardCharsets.UTF_8));
        if (!matcher.matches()) {
            throw new ProtocolException(EndReason.CORRUPT, "no source's id comes first");
        }
        return new Hello(matcher.group(1), matcher.group(2) == null ? "" : matcher.group(2));
    }
}
