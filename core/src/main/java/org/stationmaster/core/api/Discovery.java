package org.stationmaster.core.api;

import java.io.IOException;
import java.util.List;

/** Asks a server which stations it has. */
@FunctionalInterface
public interface Discovery {
    /**
     * One station that a server has.
     *
     * @param source what a machine needs to collect it
     * @param remark what else the server tells of it, one line for people; may be empty
     */
    record Found(Source source, String remark) {}

    /**
     * Connects, asks and hears the answer. Blocks for the source's connect limit, and for as long as the server goes on
     * answering; an interrupt ends it.
     *
     * @param server where to ask: host, port, TLS, login; its id means nothing
     * @return in the order of the answer
     * @throws IOException the server cannot be reached, or its answer is none
     */
    List<Found> discover(Source server) throws IOException;
}
