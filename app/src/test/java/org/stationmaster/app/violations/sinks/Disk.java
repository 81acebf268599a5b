package org.stationmaster.app.violations.sinks;

import org.stationmaster.app.violations.server.Http;

/** A sink that knows the server. */
public final class Disk {
    public Class<?> server() {
        return Http.class;
    }
}
