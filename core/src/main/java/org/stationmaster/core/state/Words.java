package org.stationmaster.core.state;

/**
 * The 64-bit words of a table, wherever they lie. Opaque accesses are never torn; {@code release} publishes what was
 * written before, {@code acquire} sees it.
 */
public interface Words {
    /** How many there are. */
    int length();

    long getOpaque(int index);

    void setOpaque(int index, long value);

    long getAcquire(int index);

    void setRelease(int index, long value);

    /** Adds to a word that only the calling thread writes. */
    default void addOpaque(int index, long delta) {
        setOpaque(index, getOpaque(index) + delta);
    }

    /** Words on the heap, full of zeros. */
    static Words onHeap(int length) {
        return new HeapWords(length);
    }
}
