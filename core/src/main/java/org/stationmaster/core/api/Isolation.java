package org.stationmaster.core.api;

/** Where the workers of a machine live. */
public enum Isolation {
    /** All in this JVM: the cheapest; what brings it down brings down all. */
    THREADS,
    /** Each in a JVM of its own: a crash costs only the sources of that worker, for a second. */
    PROCESSES
}
