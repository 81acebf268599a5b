package org.stationmaster.core.api;

/** Somebody looks on, until it is closed; a second close does nothing. */
public interface Tap extends AutoCloseable {
    @Override
    void close();
}
