package org.stationmaster.stations;

import org.stationmaster.core.api.Protocol.ArchiveForm.Framing;

/**
 * {@code tcp-frames}: four bytes of big-endian length, then that many bytes; at most 1 MiB unless the source sets
 * {@code frameLimitBytes}.
 */
public final class TcpFrames extends GenericProtocol {
    public TcpFrames() {
        super("tcp-frames", Wire.FRAMES, "frames", Framing.LENGTH_PREFIXED);
    }
}
