package org.stationmaster.stations;

import org.stationmaster.core.api.Protocol.ArchiveForm.Framing;

/**
 * {@code tcp-lines}: bytes up to and including LF; at most 64 KiB unless the source sets {@code frameLimitBytes}. The
 * payload keeps every byte, CR, LF and invalid UTF-8 too.
 */
public final class TcpLines extends GenericProtocol {
    public TcpLines() {
        super("tcp-lines", Wire.LINES, "lines", Framing.LINES);
    }
}
