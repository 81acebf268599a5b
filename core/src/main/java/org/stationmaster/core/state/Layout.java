package org.stationmaster.core.state;

import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.MachineSize;

/**
 * Where everything stands in the table, in 64-bit words:
 *
 * <pre>
 *   header          16 words   magic, workers, slots, boot, …, layout version (published last)
 *   worker row × n  32 words   sequence, incarnation, pid, state, beat, CPU time, memory, totals, ends by reason
 *   slot row × n·m  32 words   desired half (supervisor writes)   observed half (worker writes)
 *
 *   desired   0 sequence  1 epoch  2 flags (bit 0 paused, bits 8–15 length of the id)  3–10 source id, 8 ASCII a word
 *             11–15 zero
 *   observed  0 sequence  1 epoch  2 state | reason << 8 | initialised << 16 | failing << 17
 *             3 last record, epoch nanoseconds   4 latency, nanoseconds   5 records  6 bytes  7 reconnects
 *             8 corrupt  9 corrupt bytes  10 late  11 silences  12 since, epoch nanoseconds  13–15 zero
 * </pre>
 *
 * A sequence word is odd while its half is being written. Each half is 128 bytes: two cache lines with one writer.
 */
final class Layout {
    static final long MAGIC = 0x53544154494f4e4dL; // "STATIONM"
    static final long VERSION = 1;

    static final int HEADER_WORDS = 16;
    static final int HEADER_MAGIC = 0;
    static final int HEADER_WORKERS = HEADER_MAGIC + 1;
    static final int HEADER_SLOTS = HEADER_WORKERS + 1;
    static final int HEADER_BOOT = HEADER_SLOTS + 1;
    static final int HEADER_VERSION = HEADER_WORDS - 1;

    static final int WORKER_WORDS = 32;
    static final int WORKER_INCARNATION = 1;
    static final int WORKER_PID = WORKER_INCARNATION + 1;
    static final int WORKER_STATE = WORKER_PID + 1;
    static final int WORKER_BEAT = WORKER_STATE + 1;
    static final int WORKER_CPU_NANOS = WORKER_BEAT + 1;
    static final int WORKER_MEMORY_BYTES = WORKER_CPU_NANOS + 1;
    static final int WORKER_TOTALS = WORKER_MEMORY_BYTES + 1;
    static final int WORKER_ENDS = WORKER_TOTALS + Total.values().length;

    static final int SLOT_WORDS = 32;
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
        if (WORKER_ENDS + EndReason.values().length > WORKER_WORDS
                || OBSERVED_SINCE >= SLOT_WORDS - OBSERVED
                || DESIRED_ID + ID_WORDS > OBSERVED) {
            throw new AssertionError("a row of the state table has overflowed");
        }
    }

    private Layout() {}

    static int words(MachineSize size) {
        long words = HEADER_WORDS + (long) size.workers() * WORKER_WORDS + size.totalSlots() * SLOT_WORDS;
        if (words > Integer.MAX_VALUE / 2) {
            throw new IllegalArgumentException(size + " need a state table of " + words * 8
                    + " bytes; the most is 8 GiB: take fewer slots or more machines");
        }
        return (int) words;
    }

    static int workerRow(int worker) {
        return HEADER_WORDS + worker * WORKER_WORDS;
    }

    static int slotRow(MachineSize size, int worker, int slot) {
        return HEADER_WORDS + size.workers() * WORKER_WORDS + (worker * size.slots() + slot) * SLOT_WORDS;
    }
}
