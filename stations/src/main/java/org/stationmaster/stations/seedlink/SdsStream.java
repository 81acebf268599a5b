package org.stationmaster.stations.seedlink;

import java.nio.ByteBuffer;
import org.stationmaster.core.api.Protocol.ArchiveForm.Sds;
import org.stationmaster.stations.seedlink.MiniSeedHeader.Found;

/** Tells the archive of which stream a record is. */
final class SdsStream implements Sds.Stream {
    private final MiniSeedHeader header = new MiniSeedHeader(Integer.MAX_VALUE);

    @Override
    public boolean read(ByteBuffer record) {
        return header.read(record, record.position()) == Found.RECORD;
    }

    @Override
    public long hash() {
        return 31 * header.channelHash() + type();
    }

    @Override
    public long startNanos() {
        return header.startNanos();
    }

    @Override
    public String network() {
        return header.network();
    }

    @Override
    public String station() {
        return header.station();
    }

    @Override
    public String location() {
        return header.location();
    }

    @Override
    public String channel() {
        return header.channel();
    }

    @Override
    public char type() {
        return header.isLog() ? 'L' : 'D';
    }
}
