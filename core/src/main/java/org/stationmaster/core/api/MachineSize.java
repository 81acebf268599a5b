package org.stationmaster.core.api;

/**
 * n workers × m slots, fixed for the life of a machine.
 *
 * @param workers 1 to 1,024
 * @param slots slots of each worker, 1 to 1,000,000
 */
public record MachineSize(int workers, int slots) {
    public static final int MAX_WORKERS = 1024;
    public static final int MAX_SLOTS = 1_000_000;

    public MachineSize {
        if (workers < 1 || workers > MAX_WORKERS) {
            throw new IllegalArgumentException("workers " + workers + " is out of range 1 to " + MAX_WORKERS);
        }
        if (slots < 1 || slots > MAX_SLOTS) {
            throw new IllegalArgumentException("slots " + slots + " is out of range 1 to " + MAX_SLOTS);
        }
    }

    /** All slots of the machine. */
    public long totalSlots() {
        return (long) workers * slots;
    }

    @Override
    public String toString() {
        return Text.count(workers, "worker") + " × " + Text.count(slots, "slot");
    }
}
