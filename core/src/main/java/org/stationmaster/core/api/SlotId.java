package org.stationmaster.core.api;

/**
 * A slot's place in the machine (the origin's {@code ico}).
 *
 * @param worker the worker that holds it
 * @param index from 0 within the worker
 */
public record SlotId(WorkerId worker, int index) {
    @Override
    public String toString() {
        return worker + "/" + index;
    }
}
