package org.stationmaster.core.state;

import java.lang.invoke.VarHandle;

/** The sequence word of a half of a row: how one writer and any readers agree without a lock. */
final class Half {
    private static final int READ_ATTEMPTS = 1000;

    private Half() {}

    /** Writes a half. A half left odd by a writer that died is taken over. */
    static void write(Words words, int sequence, Runnable body) {
        long before = words.getOpaque(sequence);
        words.setOpaque(sequence, before | 1);
        VarHandle.storeStoreFence();
        body.run();
        words.setRelease(sequence, (before | 1) + 1);
    }

    /**
     * Reads a half that may be written meanwhile.
     *
     * @param body copies the half; may see a mixture, which is then thrown away
     * @return false: the half was being written at every attempt, what was copied is torn
     */
    static boolean read(Words words, int sequence, Runnable body) {
        for (int attempt = 0; attempt < READ_ATTEMPTS; attempt++) {
            long before = words.getAcquire(sequence);
            body.run();
            VarHandle.acquireFence();
            if ((before & 1) == 0 && words.getOpaque(sequence) == before) {
                return true;
            }
            Thread.onSpinWait();
        }
        return false;
    }
}
