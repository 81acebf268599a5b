package org.stationmaster.core.api;

/**
 * A sink's word that a batch is delivered: it will not be given again.
 *
 * @param records how many it has taken
 * @param refused how many it refused for good, and counted
 */
public record Acknowledgement(long records, long refused) {}
