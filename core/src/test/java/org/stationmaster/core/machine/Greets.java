package org.stationmaster.core.machine;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.DialIn;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Source;

/** A line with the id, and the password behind a blank. */
public final class Greets implements DialIn {
    @Override
    public String name(Source source) {
        return source.options().getOrDefault("greeting", source.id().value());
    }

    @Override
    public int limitBytes() {
        return 64;
    }

    @Override
    public boolean goesByCertificate() {
        return true;
    }

    @Override
    public @Nullable Greeting read(ByteBuffer bytes) throws ProtocolException {
        var text = US_ASCII.decode(bytes.duplicate()).toString();
        int end = text.indexOf('\n');
        if (end < 0) {
            return null;
        }
        bytes.position(bytes.position() + end + 1);
        var words = text.substring(0, end).split(" ", 2);
        if (words[0].isEmpty()) {
            throw new ProtocolException(EndReason.CORRUPT, "no name");
        }
        return new Greeting() {
            @Override
            public String name() {
                return words[0];
            }

            @Override
            public boolean isFrom(Source source) {
                var password = source.password();
                return password == null
                        || (words.length > 1 && password.reveal().equals(words[1]));
            }

            @Override
            public byte[] refusal(Refusal why) {
                return why.name().getBytes(US_ASCII);
            }
        };
    }
}
