package org.stationmaster.app;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import org.stationmaster.server.inventory.Bind;

/** Whether a port can be had. */
final class FreePort {
    private FreePort() {}

    /** The bind itself when its port is free, else the same host with any free port. */
    static Bind preferably(Bind bind) {
        try (var socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getByName(bind.host()), bind.port()));
            return bind;
        } catch (IOException e) {
            return new Bind(bind.host(), 0);
        }
    }
}
