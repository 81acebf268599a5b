package org.stationmaster.core.machine;

import static java.net.StandardProtocolFamily.INET;
import static java.net.StandardProtocolFamily.INET6;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.Listen;

/**
 * The ports on which the worker processes listen, held for as long as the machine lives: bound, and never listening, so that
 * the kernel deals the calls out to the workers alone, and nobody else comes in between when one of them is started anew.
 */
final class CallPorts implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("org.stationmaster.machine");

    private final List<SocketChannel> held = new ArrayList<>();
    private final List<InetSocketAddress> addresses = new ArrayList<>();

    private CallPorts() {}

    /**
     * Takes the ports.
     *
     * @throws IOException somebody listens there; the message says where, and nothing is left open
     */
    static CallPorts hold(List<Listen> listens) throws IOException {
        var ports = new CallPorts();
        for (var listen : listens) {
            try {
                ports.hold(listen.address());
            } catch (IOException e) {
                ports.close();
                throw new IOException(
                        "cannot listen for " + listen.protocol() + " on " + listen.address() + ": " + e.getMessage(),
                        e);
            }
        }
        return ports;
    }

    private void hold(InetSocketAddress address) throws IOException {
        if (address.isUnresolved()) {
            throw new IOException("no such host");
        }
        var family = address.getAddress() instanceof Inet4Address ? INET : INET6;
        try (var alone = SocketChannel.open(family)) { // sharing it with another machine would split the calls
            alone.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            alone.bind(address);
        }
        var port = SocketChannel.open(family);
        held.add(port);
        port.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        port.setOption(StandardSocketOptions.SO_REUSEPORT, true);
        port.bind(address);
        var bound = (InetSocketAddress) port.getLocalAddress();
        addresses.add(new InetSocketAddress(address.getAddress(), bound.getPort()));
    }

    /** In the order in which they were asked for; none of them is 0. */
    List<InetSocketAddress> addresses() {
        return List.copyOf(addresses);
    }

    @Override
    public void close() {
        for (var port : held) {
            try {
                port.close();
            } catch (IOException e) {
                LOG.debug("a port for stations that call in was not closed", e);
            }
        }
    }
}
