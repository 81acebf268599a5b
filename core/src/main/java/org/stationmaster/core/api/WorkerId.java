package org.stationmaster.core.api;

/**
 * A worker's place in the machine (the origin's {@code ipt}).
 *
 * @param index from 0
 */
public record WorkerId(int index) implements Comparable<WorkerId> {
    @Override
    public int compareTo(WorkerId other) {
        return Integer.compare(index, other.index);
    }

    @Override
    public String toString() {
        return "w" + index;
    }
}
