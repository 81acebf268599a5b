package org.stationmaster.core.api;

/** Why a connection ended or could not be made. The order is part of the state table's layout: append only. */
public enum EndReason {
    /** Nothing has ended yet. */
    NONE,
    /** The peer could not be reached, or its name not be resolved. */
    UNREACHABLE,
    /** No connection within the connect limit. */
    CONNECT_TIMEOUT,
    /** The TLS handshake failed. */
    TLS,
    /** The peer closed in order. */
    ENDED,
    /** The connection broke. */
    RESET,
    /** No record was decoded within the silence limit, although the connection stood. */
    SILENT,
    /** The bytes could not be decoded and there was no way to find the next frame. */
    CORRUPT,
    /** The peer told us by name that it does not want us; the backoff is longer. */
    REFUSED,
    /** The task's own code failed. */
    TASK_FAILED,
    /** The slot was told to stop or pause. */
    TOLD,
    /** Records that have begun and not ended would not fit in the worker's memory. */
    NO_ROOM,
    /** Nothing has ended: a source that calls in has not called since. */
    NOT_CALLED
}
