package org.stationmaster.stations;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.DialIn;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Source;

/** Stations push to a mountpoint, as to a caster. The session reads the head once more: it must know how the body comes. */
public final class NtripDialIn implements DialIn {
    public NtripDialIn() {}

    @Override
    public String name(Source source) {
        return source.options().getOrDefault(Ntrip.MOUNTPOINT, "");
    }

    @Override
    public int limitBytes() {
        return NtripCall.LIMIT_BYTES;
    }

    @Override
    public boolean goesByCertificate() {
        return false;
    }

    @Override
    public @Nullable Greeting read(ByteBuffer bytes) throws ProtocolException {
        return NtripCall.read(bytes.duplicate());
    }
}
