package org.stationmaster.sinks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.Protocol.ArchiveForm.Framing;
import org.stationmaster.core.api.RecordBatch;
import org.stationmaster.core.api.StationRecord;

/**
 * Writes one batch, in as few writes as it has files.
 *
 * <p>A batch stands in the order of arrival, so records of one file lie scattered in it. {@link #plan} visits the batch
 * once and notes each record's file and size. Then it goes in rounds: as many records as the stage holds get
 * their places in it, sorted by file; a second visit copies them there, and each file is written with one call. Nothing is
 * allocated per record. A record larger than the whole stage is a round of its own and goes through it in pieces.
 *
 * <p>What is written is struck from the plan, so that {@link #attempt} can be called again after a failure and goes on
 * where it stopped. A file that failed takes nothing more in that attempt: its order holds; others go on.
 */
final class BatchWriter {
    static final int MAX_STAGE_BYTES = 4 << 20;

    private static final int MIN_STAGE_BYTES = 256 << 10;

    /** When so many files fail it is the disk: the rest would only fail, too. */
    private static final int MAX_FAILED_FILES = 16;

    private static final int MAX_STALLED_WRITES = 16;
    private static final Logger LOG = LoggerFactory.getLogger(ArchiveSink.class);

    private final Catalog catalog;
    private final OpenFiles openFiles;
    private final int maxStageBytes;
    private final Consumer<StationRecord> planner = this::planRecord;
    private final Consumer<StationRecord> stager = this::stageRecord;
    private final List<ArchiveFile> touched = new ArrayList<>();

    // The plan: per record its file (null: written, or refused) and its bytes in that file.
    private @Nullable ArchiveFile[] files = new ArchiveFile[1024];
    private int[] sizes = new int[1024];
    private int planned;
    private int refused;

    private ByteBuffer stage = ByteBuffer.allocateDirect(0);
    private int visited;
    private int roundStart;
    private int roundEnd;
    private long attempts;
    private @Nullable Failure failure;

    long records;
    long bytes;
    long refusedRecords;
    long writes;

    /** @param first what went wrong first; files: how many files failed */
    record Failure(ArchiveFile file, IOException first, int files) {}

    BatchWriter(Catalog catalog, OpenFiles openFiles, int maxStageBytes) {
        this.catalog = catalog;
        this.openFiles = openFiles;
        this.maxStageBytes = maxStageBytes;
    }

    /** Takes a batch that was not seen before. */
    void plan(RecordBatch batch) {
        if (files.length < batch.size()) {
            files = new ArchiveFile[batch.size()];
            sizes = new int[batch.size()];
        }
        planned = batch.size();
        refused = 0;
        visited = 0;
        batch.forEach(planner);
        refusedRecords += refused;
        for (int i = 0; i < planned; i++) {
            var file = files[i];
            if (file != null) {
                openFiles.beginDelivery(file.epochDay);
                break;
            }
        }
    }

    private void planRecord(StationRecord record) {
        int i = visited++;
        var file = catalog.fileOf(record);
        int size = file == null ? 0 : sizeOf(record.payload(), file.framing);
        if (file != null && size < 0) {
            LOG.warn(
                    "{}: a record of {} bytes is refused, 1 GiB is the most",
                    file,
                    record.payload().remaining());
            file = null;
        }
        if (file == null) {
            refused++;
        }
        files[i] = file;
        sizes[i] = size;
    }

    /** Bytes in the file; negative: too large for any. */
    private static int sizeOf(ByteBuffer payload, Framing framing) {
        int length = payload.remaining();
        if (length > Tail.MAX_PAYLOAD_BYTES) {
            return -1;
        }
        return switch (framing) {
            case Framing.LengthPrefixed _ -> Tail.HEADER_BYTES + length;
            case Framing.Lines _ -> endsInLineFeed(payload) ? length : length + 1;
            case Framing.SelfDelimiting _ -> length;
        };
    }

    private static boolean endsInLineFeed(ByteBuffer payload) {
        return payload.hasRemaining() && payload.get(payload.limit() - 1) == '\n';
    }

    int refused() {
        return refused;
    }

    /** Forgets the batch, so that nothing of it is held. */
    void done() {
        Arrays.fill(files, 0, planned, null);
        planned = 0;
    }

    /**
     * Writes what is left of the plan.
     *
     * @return null: nothing is left
     */
    @Nullable
    Failure attempt(RecordBatch batch) {
        attempts++;
        failure = null;
        roundEnd = 0;
        while (roundEnd < planned && (failure == null || failure.files() < MAX_FAILED_FILES)) {
            roundStart = roundEnd;
            if (layOut()) {
                visited = 0;
                batch.forEach(stager);
                touched.forEach(this::write);
                strike();
            }
        }
        return failure;
    }

    /** Chooses the records of the next round and gives each file its part of the stage; false: there are none. */
    private boolean layOut() {
        for (var file : touched) {
            file.stagedBytes = 0;
        }
        touched.clear();
        int total = 0;
        int i = roundStart;
        for (; i < planned; i++) {
            var file = files[i];
            if (file == null || file.failedAttempt == attempts) {
                continue;
            }
            if (total > 0 && sizes[i] > maxStageBytes - total) {
                break;
            }
            if (file.stagedBytes == 0) {
                touched.add(file);
            }
            file.stagedBytes += sizes[i];
            total += sizes[i];
            if (total >= maxStageBytes) {
                i++;
                break;
            }
        }
        roundEnd = i;
        growStage(Math.min(total, maxStageBytes));
        int at = 0;
        for (var file : touched) {
            file.stageStart = at;
            file.stageEnd = at;
            file.writtenBytes = 0;
            at += file.stagedBytes;
        }
        return !touched.isEmpty();
    }

    private void growStage(int wanted) {
        if (stage.capacity() < wanted) {
            int grown = Math.max(MIN_STAGE_BYTES, Integer.highestOneBit(wanted - 1) << 1);
            stage = ByteBuffer.allocateDirect(Math.min(grown, maxStageBytes));
        }
    }

    private void stageRecord(StationRecord record) {
        int i = visited++;
        if (i < roundStart || i >= roundEnd) {
            return;
        }
        var file = files[i];
        if (file == null || file.failedAttempt == attempts) {
            return;
        }
        if (sizes[i] > maxStageBytes) {
            writeLarge(file, record.payload(), sizes[i]);
            return;
        }
        stage.clear();
        int at = file.stageEnd;
        var payload = record.payload();
        int length = payload.remaining();
        switch (file.framing) {
            case Framing.SelfDelimiting _ -> stage.put(at, payload, payload.position(), length);
            case Framing.LengthPrefixed _ -> {
                stage.putInt(at, length);
                stage.put(at + Tail.HEADER_BYTES, payload, payload.position(), length);
            }
            case Framing.Lines _ -> {
                stage.put(at, payload, payload.position(), length);
                stage.put(at + sizes[i] - 1, (byte) '\n');
            }
        }
        file.stageEnd += sizes[i];
    }

    private void write(ArchiveFile file) {
        int size = file.stageEnd - file.stageStart;
        if (size == 0) {
            return; // a large record: written in its pieces
        }
        stage.clear().limit(file.stageEnd).position(file.stageStart);
        try {
            writeFully(openFiles.use(file), stage);
            openFiles.appended(file, size);
            file.writtenBytes = size;
        } catch (IOException e) {
            file.writtenBytes = wholeRecords(file, stage.position() - file.stageStart);
            openFiles.broke(file, file.writtenBytes);
            failed(file, e);
        }
    }

    /** A record larger than the stage: header, pieces, end. All of it or, after a failure, nothing. */
    private void writeLarge(ArchiveFile file, ByteBuffer payload, int size) {
        try {
            var handle = openFiles.use(file);
            stage.clear();
            if (file.framing instanceof Framing.LengthPrefixed) {
                stage.putInt(payload.remaining());
            }
            int from = payload.position();
            while (from < payload.limit()) {
                int piece = Math.min(stage.remaining(), payload.limit() - from);
                stage.put(stage.position(), payload, from, piece);
                stage.position(stage.position() + piece);
                from += piece;
                if (!stage.hasRemaining()) {
                    writeFully(handle, stage.flip());
                    stage.clear();
                }
            }
            if (file.framing instanceof Framing.Lines && !endsInLineFeed(payload)) {
                stage.put((byte) '\n');
            }
            writeFully(handle, stage.flip());
            openFiles.appended(file, size);
            file.writtenBytes = size;
        } catch (IOException e) {
            openFiles.broke(file, 0);
            failed(file, e);
        }
    }

    private void writeFully(Volume.Handle handle, ByteBuffer from) throws IOException {
        int stalled = 0;
        while (from.hasRemaining()) {
            writes++;
            if (handle.write(from) > 0) {
                stalled = 0;
            } else if (++stalled == MAX_STALLED_WRITES) {
                throw new IOException("the file system takes no bytes and tells no error");
            }
        }
    }

    /** How many of the written bytes are whole records. */
    private int wholeRecords(ArchiveFile file, int written) {
        int whole = 0;
        for (int i = roundStart; i < roundEnd; i++) {
            if (files[i] == file) {
                if (sizes[i] > written - whole) {
                    break;
                }
                whole += sizes[i];
            }
        }
        return whole;
    }

    private void failed(ArchiveFile file, IOException e) {
        file.failedAttempt = attempts;
        failure = failure == null
                ? new Failure(file, e, 1)
                : new Failure(failure.file(), failure.first(), failure.files() + 1);
    }

    /** Strikes the records that were written. */
    private void strike() {
        for (int i = roundStart; i < roundEnd; i++) {
            var file = files[i];
            if (file != null && file.writtenBytes > 0 && sizes[i] <= file.writtenBytes) {
                file.writtenBytes -= sizes[i];
                files[i] = null;
                records++;
                bytes += sizes[i];
            }
        }
    }
}
