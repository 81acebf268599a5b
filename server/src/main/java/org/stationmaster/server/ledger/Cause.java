package org.stationmaster.server.ledger;

import org.stationmaster.core.api.EndReason;

/** Why a source gave nothing for a time. The names are the contract, and stand in the file. */
enum Cause {
    /** It was connected, and no record came within its silence limit. */
    SOURCE_SILENT,
    /** It could not be reached, or the connection broke or ended. */
    NETWORK,
    /** It told us by name that it does not want us. */
    REFUSED,
    /** What it sent could not be decoded. */
    CORRUPT,
    /** The task's own code failed. */
    TASK_FAILED,
    /** A sink did not take records, or memory was short: the machine did not read. */
    OVERFLOW,
    /** It has not called in. */
    NOT_CALLED,
    /** It waited for a slot. */
    NO_SLOT,
    /** The process of its worker died. */
    WORKER_LOST,
    /** It was given another slot, or other metadata. */
    MOVED,
    /** The machine did not run. */
    MACHINE_DOWN,
    /** Paused, not enabled, outside the groups, or released: nothing was wanted, so nothing is missing. */
    NOT_WANTED;

    static Cause of(EndReason reason) {
        return switch (reason) {
            case NONE, UNREACHABLE, CONNECT_TIMEOUT, TLS, ENDED, RESET -> NETWORK;
            case SILENT -> SOURCE_SILENT;
            case CORRUPT -> CORRUPT;
            case REFUSED -> REFUSED;
            case TASK_FAILED -> TASK_FAILED;
            case TOLD -> MOVED;
            case NO_ROOM -> OVERFLOW;
            case NOT_CALLED -> NOT_CALLED;
        };
    }
}
