package org.stationmaster.server;

import java.net.InetAddress;

/** How much of what is bounded one address may have: programs of this host more than one from elsewhere, but not all. */
record Share(int remote, int loopback) {
    /** @param address as text, an IPv6 one in brackets or without */
    int of(String address) {
        return isLoopback(address) ? loopback : remote;
    }

    private static boolean isLoopback(String address) {
        try {
            return InetAddress.ofLiteral(address.replace("[", "").replace("]", ""))
                    .isLoopbackAddress();
        } catch (IllegalArgumentException _) {
            return false; // not an address: a test's connection has none
        }
    }
}
