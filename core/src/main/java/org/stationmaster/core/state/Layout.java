package org.stationmaster.core.state;

import java.util.Objects;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.MachineSize;

/**
 * Where everything stands in the table, in 64-bit words; in a file they are little-endian:
 *
 * <pre>
 *   header           16 words   0 magic "STATIONM"  1 workers  2 slots  3 boot, epoch nanoseconds
 *                               4 supervisor's pid  5 its start, epoch milliseconds
 *                               6 headroom, sources; -1 unknown  7 the rate it is for, Hz, an IEEE double  8–14 zero
 *                               15 layout version (published last)
 *   worker row × n  240 words   the worker writes
 *   slot row × n·m   48 words   desired half (16, the supervisor writes)   observed half (32, the worker writes)
 *
 *   worker    0 sequence of 1–3  1 incarnation  2 pid  3 start, epoch milliseconds
 *             4 state  5 beat  6 CPU time, nanoseconds  7 memory, bytes
 *             8–18 sums of records, bytes, reconnects, corrupt, corrupt bytes, late, silences, gaps, overlaps, foreign,
 *             clock off  19–31 ended connections by reason  32 longest wake, nanoseconds
 *             33–224 wakes by duration ({@link WakeBuckets})  225–239 zero
 *   desired   0 sequence  1 epoch  2 flags (bit 0 paused, bits 8–15 length of the id)  3–10 source id, 8 ASCII a word
 *             11–15 zero
 *   observed  0 sequence  1 epoch  2 state | reason << 8 | initialised << 16 | failing << 17
 *             3 last record, epoch nanoseconds   4 latency, nanoseconds   5 records  6 bytes  7 reconnects
 *             8 corrupt  9 corrupt bytes  10 late  11 silences  12 gaps  13 overlaps  14 foreign  15 clock off
 *             16 since, epoch nanoseconds  17–31 zero
 * </pre>
 *
 * A sequence word is odd while the words it stands for are being written. Rows and halves are multiples of 128 bytes:
 * no two writers share a pair of cache lines. {@code docs/state-table.md} says the same for other languages.
 */
final class Layout {
    static final long MAGIC = 0x4d4e4f4954415453L; // "STATIONM", the S in the lowest byte
    static final long VERSION = 5;

    static final int HEADER_WORDS = 16;
    static final int HEADER_MAGIC = 0;
    static final int HEADER_WORKERS = HEADER_MAGIC + 1;
    static final int HEADER_SLOTS = HEADER_WORKERS + 1;
    static final int HEADER_BOOT = HEADER_SLOTS + 1;
    static final int HEADER_PID = HEADER_BOOT + 1;
    static final int HEADER_START = HEADER_PID + 1;
    static final int HEADER_HEADROOM = HEADER_START + 1;
    static final int HEADER_HEADROOM_RATE = HEADER_HEADROOM + 1;
    static final int HEADER_VERSION = HEADER_WORDS - 1;

    static final int WORKER_WORDS = 240;
    static final int WORKER_INCARNATION = 1;
    static final int WORKER_PID = WORKER_INCARNATION + 1;
    static final int WORKER_START = WORKER_PID + 1;
    static final int WORKER_STATE = WORKER_START + 1;
    static final int WORKER_BEAT = WORKER_STATE + 1;
    static final int WORKER_CPU_NANOS = WORKER_BEAT + 1;
    static final int WORKER_MEMORY_BYTES = WORKER_CPU_NANOS + 1;
    static final int WORKER_TOTALS = WORKER_MEMORY_BYTES + 1;
    static final int WORKER_ENDS = WORKER_TOTALS + Total.values().length;
    static final int WORKER_WAKE_MAX = WORKER_ENDS + EndReason.values().length;
    static final int WORKER_WAKES = WORKER_WAKE_MAX + 1;

    static final int SLOT_WORDS = 48;
    static final int DESIRED = 0;
    static final int OBSERVED = 16;
    static final int SEQUENCE = 0;
    static final int EPOCH = 1;
    static final int FLAGS = 2;
    static final int DESIRED_ID = 3;
    static final int ID_WORDS = 8;
    static final int OBSERVED_LAST_RECORD = 3;
    static final int OBSERVED_LATENCY = OBSERVED_LAST_RECORD + 1;
    static final int OBSERVED_TOTALS = OBSERVED_LATENCY + 1;
    static final int OBSERVED_SINCE = OBSERVED_TOTALS + Total.values().length;

    static {
        if (WORKER_WAKES + WakeBuckets.COUNT > WORKER_WORDS
                || OBSERVED_SINCE >= SLOT_WORDS - OBSERVED
                || DESIRED_ID + ID_WORDS > OBSERVED) {
            throw new AssertionError("a row of the state table has overflowed");
        }
    }

    private Layout() {}

    /** @throws IllegalArgumentException the table would be larger than 8 GiB */
    static int words(MachineSize size) {
        long words = HEADER_WORDS + (long) size.workers() * WORKER_WORDS + size.totalSlots() * SLOT_WORDS;
        if (words > Integer.MAX_VALUE / 2) {
            throw new IllegalArgumentException(size + " need a state table of " + words * Long.BYTES
                    + " bytes; the most is 8 GiB: take fewer slots or more machines");
        }
        return (int) words;
    }

    static int workerRow(MachineSize size, int worker) {
        return HEADER_WORDS + Objects.checkIndex(worker, size.workers()) * WORKER_WORDS;
    }

    static int slotRow(MachineSize size, int worker, int slot) {
        int before = Objects.checkIndex(worker, size.workers()) * size.slots() + Objects.checkIndex(slot, size.slots());
        return HEADER_WORDS + size.workers() * WORKER_WORDS + before * SLOT_WORDS;
    }
}
