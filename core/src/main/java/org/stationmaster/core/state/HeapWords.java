package org.stationmaster.core.state;

import java.util.concurrent.atomic.AtomicLongArray;

/** Words of one JVM; also the twin on which the table's protocol is model-checked. */
final class HeapWords implements Words {
    private final AtomicLongArray words;

    HeapWords(int length) {
        words = new AtomicLongArray(length);
    }

    @Override
    public int length() {
        return words.length();
    }

    @Override
    public long getOpaque(int index) {
        return words.getOpaque(index);
    }

    @Override
    public void setOpaque(int index, long value) {
        words.setOpaque(index, value);
    }

    @Override
    public long getAcquire(int index) {
        return words.getAcquire(index);
    }

    @Override
    public void setRelease(int index, long value) {
        words.setRelease(index, value);
    }
}
