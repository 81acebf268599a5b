package org.stationmaster.sinks;

/**
 * What an archive has done since its start; see {@link ArchiveSink#totals()}.
 *
 * @param records written
 * @param bytes written, framing included
 * @param refused records that can never be archived: a protocol name that is no directory name, a payload over 1 GiB
 * @param writes appends to files
 * @param opens times a file was opened to append
 * @param openFiles files open now
 * @param repairs files whose torn tail was cut when they were opened
 * @param cutBytes bytes cut from them and thrown away: torn records
 * @param asideBytes bytes moved to a {@code .torn-N} file beside them
 * @param walkedBytes bytes of frames walked over to find where the whole ones end
 * @param handedOver times another part of the archive had gone on with a file meanwhile
 * @param changedUnderneath files that somebody else removed, replaced or changed while they were being written
 * @param failures deliveries and flushes that ended in a {@code SinkException}
 */
public record ArchiveTotals(
        long records,
        long bytes,
        long refused,
        long writes,
        long opens,
        int openFiles,
        long repairs,
        long cutBytes,
        long asideBytes,
        long walkedBytes,
        long handedOver,
        long changedUnderneath,
        long failures) {
    static final ArchiveTotals NONE = new ArchiveTotals(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
}
