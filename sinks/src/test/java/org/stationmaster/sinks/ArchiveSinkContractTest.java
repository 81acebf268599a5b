package org.stationmaster.sinks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.stationmaster.core.api.Sink;
import org.stationmaster.core.api.Source;
import org.stationmaster.testkit.SinkContract;

/** The archive, held to what every sink must do. */
class ArchiveSinkContractTest extends SinkContract {
    private static final int OPEN_FILES = 64;

    /** A frame of {@code failAfter}: four bytes and some seventeen of payload. */
    private static final int FRAME_BYTES = 21;

    private final FaultyVolume volume = new FaultyVolume(Long.MAX_VALUE);

    @Override
    protected Sink sink(Path where) {
        return new ArchiveSink(new ArchiveConfig(where, OPEN_FILES, 0, Records.FORMS), 0, volume, 5000, 1 << 20);
    }

    @Override
    protected List<byte[]> held(Path where, Source source) throws IOException {
        var held = new ArrayList<byte[]>();
        // its place directly: to list the archive for each of thousands of sources would be the slow part
        var id = source.id().value();
        var directory = where.resolve(source.protocol()).resolve(id);
        if (!Files.isDirectory(directory)) {
            return held;
        }
        for (var file : new ArchiveReader.ArchivedSource(source.protocol(), id, directory).files()) {
            ArchiveReader.forEachFrame(file, payload -> {
                var copy = new byte[payload.remaining()];
                payload.get(copy);
                held.add(copy);
            });
        }
        return held;
    }

    @Override
    protected boolean fail(Path where) {
        volume.room = 0;
        return true;
    }

    @Override
    protected boolean failAfter(Path where, int records) {
        volume.room = (long) records * FRAME_BYTES;
        return true;
    }

    @Override
    protected void recover(Path where) {
        volume.room = Long.MAX_VALUE;
    }

    @Override
    protected long openFiles() {
        try {
            return folder == null ? -1 : ArchiveSinkTest.openFilesBelow(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    protected long openFileLimit() {
        return OPEN_FILES;
    }
}
