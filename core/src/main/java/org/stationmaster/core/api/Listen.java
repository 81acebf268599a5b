package org.stationmaster.core.api;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A port for stations that call in; one a protocol.
 *
 * @param protocol of the sources that may be called here
 * @param dialIn how they greet
 * @param address port 0: any free one
 * @param tls null: plain TCP
 * @param byCertificate the caller's certificate names the source, and there is no greeting
 * @param secondReplaces a second call of a source ends the first; false: it is refused
 */
public record Listen(
        String protocol,
        DialIn dialIn,
        InetSocketAddress address,
        @Nullable ServerTls tls,
        boolean byCertificate,
        boolean secondReplaces) {
    /** @throws IllegalArgumentException a certificate is asked for that nobody shows, or that says nothing here */
    public Listen {
        if (byCertificate && (tls == null || tls.caFile() == null)) {
            throw new IllegalArgumentException("a match by certificate needs tls with caFile: who vouches for callers");
        }
        if (byCertificate && !dialIn.goesByCertificate()) {
            throw new IllegalArgumentException(protocol + " has a greeting of its own: it cannot go by certificate");
        }
    }

    /**
     * The listener's own certificate, PEM.
     *
     * @param caFile who vouches for callers: they must show a certificate; null: they need none
     */
    public record ServerTls(
            Path certFile, Path keyFile, @Nullable Path caFile) {}
}
