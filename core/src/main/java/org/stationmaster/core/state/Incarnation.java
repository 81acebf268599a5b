package org.stationmaster.core.state;

/**
 * Who runs a worker's rows.
 *
 * @param number changes with each process or thread that takes the rows over; 0: none has yet
 */
public record Incarnation(long number, ProcessIdentity process) {}
