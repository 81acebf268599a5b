package org.stationmaster.stations;

import java.nio.ByteBuffer;
import org.stationmaster.core.api.Connection;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Session;
import org.stationmaster.core.api.Slot;

/** One call of a station that pushes: its head, which is answered, then frames of RTCM 3. */
final class NtripCallSession implements Session {
    private final Connection connection;
    private final NtripBody body;
    private boolean hasBegun;

    NtripCallSession(Slot slot, Connection connection) {
        this.connection = connection;
        this.body = new NtripBody(slot);
    }

    @Override
    public void onBytes(ByteBuffer bytes) throws ProtocolException {
        if (!hasBegun) {
            var call = NtripCall.read(bytes);
            if (call == null) {
                return;
            }
            hasBegun = true;
            connection.write(ByteBuffer.wrap(call.welcome()));
            if (call.isChunked()) {
                body.inChunks();
            }
        }
        body.onBytes(bytes);
    }

    @Override
    public void onEnd(int leftBytes) {
        if (hasBegun) {
            body.onEnd(leftBytes);
        }
    }
}
