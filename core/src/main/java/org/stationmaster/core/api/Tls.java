package org.stationmaster.core.api;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * TLS towards a source. The peer's certificate is always verified, its name too.
 *
 * @param caFile PEM certificates to trust; null: those of the JDK
 * @param certFile our own certificate chain, PEM; null: none is shown
 * @param keyFile the PKCS#8 key of {@code certFile}, PEM
 * @param serverName the name to ask for and to verify; null: the source's host
 */
public record Tls(
        @Nullable Path caFile,
        @Nullable Path certFile,
        @Nullable Path keyFile,
        @Nullable String serverName) {
    /** TLS with the JDK's trusted certificates. */
    public static final Tls DEFAULT = new Tls(null, null, null, null);

    public Tls {
        if ((certFile == null) != (keyFile == null)) {
            throw new InvalidSourceException("tls", "certFile and keyFile go together: give both or none");
        }
    }
}
