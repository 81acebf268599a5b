package org.stationmaster.core.api;

/** What a source's life looks like from outside: its slot's state, or why it has no slot. */
public enum SourceState {
    STARTING,
    RUNNING,
    BACKOFF,
    PAUSED,
    STOPPING,
    /** Wanted, but no slot is idle, or no worker has the capacity left; it is woken when there is room. */
    WAITING,
    /** Known, but the machine takes none of its groups, or it is not enabled. */
    FILTERED
}
