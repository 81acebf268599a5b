package org.stationmaster.server.inventory;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Secret;

/**
 * Where the control endpoint listens and whom it lets in.
 *
 * @param bind default 127.0.0.1:8470
 * @param tokens empty: whoever reaches loopback may do everything; else every request needs one, on loopback too
 * @param tls null: plain HTTP
 * @param hosts names under which clients may reach it, beside the address and localhost; lower case
 */
public record ControlConfig(
        Bind bind, List<Token> tokens, @Nullable TlsFiles tls, Set<String> hosts) {
    public static final ControlConfig DEFAULT = on(Bind.DEFAULT);

    /** The shortest secret of a token. */
    public static final int SHORTEST_TOKEN = 16;

    public ControlConfig {
        tokens = List.copyOf(tokens);
        hosts = Set.copyOf(hosts);
    }

    /** A secret that names who asks and says what he may do. */
    public record Token(String name, Role role, Secret secret) {}

    /** The endpoint's own certificate, PEM. */
    public record TlsFiles(Path certFile, Path keyFile) {}

    /** An endpoint without tokens, for loopback. */
    public static ControlConfig on(Bind bind) {
        return new ControlConfig(bind, List.of(), null, Set.of());
    }
}
