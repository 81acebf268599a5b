package org.stationmaster.server;

import io.javalin.http.Context;
import io.javalin.http.Handler;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.stationmaster.core.api.Text;
import org.stationmaster.server.inventory.ControlConfig;

/**
 * Keeps web pages from elsewhere away from the instruments: a page may make a browser on this host send requests here.
 * A name that was rebound to loopback shows in {@code Host}; a page of another origin in {@code Origin} or
 * {@code Sec-Fetch-Site}. Programs send none of the last two.
 */
final class RequestGuard implements Handler {
    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;

    private final ControlConfig config;
    private final String scheme;
    /** Of the address that was last asked at: mostly there is one. */
    private volatile Names last = new Names("", 0, Set.of());

    /** What this endpoint may be called at an address of its own. */
    private record Names(String address, int port, Set<String> hosts) {}

    RequestGuard(ControlConfig config) {
        this.config = config;
        this.scheme = config.tls() != null ? "https://" : "http://";
    }

    /** The address is known only when a request comes in, when all addresses or any port are listened on. */
    private Set<String> hosts(String address, int port) {
        var names = last;
        if (names.port() != port || !names.address().equals(address)) {
            names = new Names(address, port, namesOf(address, port));
            last = names;
        }
        return names.hosts();
    }

    private Set<String> namesOf(String address, int port) {
        var names = new TreeSet<String>(config.hosts());
        names.add(bracketed(config.bind().host()));
        names.add("localhost");
        // An address, unlike a name, cannot be rebound.
        names.add(bracketed(address));
        boolean isTls = config.tls() != null;
        var hosts = new TreeSet<String>();
        for (var name : names) {
            hosts.add(name + ":" + port);
            if (port == (isTls ? HTTPS_PORT : HTTP_PORT)) {
                hosts.add(name);
            }
        }
        return hosts;
    }

    private static String bracketed(String host) {
        var lower = host.toLowerCase(Locale.ROOT);
        return lower.indexOf(':') < 0 || lower.startsWith("[") ? lower : "[" + lower + "]";
    }

    @Override
    public void handle(Context context) {
        var hosts = hosts(context.req().getLocalAddr(), context.req().getLocalPort());
        var host = context.header("Host");
        if (host == null || !hosts.contains(host.toLowerCase(Locale.ROOT))) {
            throw new ProblemException(
                    403,
                    "Host " + (host == null ? "is missing" : "'" + Text.shorten(host, 100) + "' is not ours") + ": use "
                            + String.join(" or ", hosts));
        }
        var origin = context.header("Origin");
        if (origin != null && !isOwn(origin, hosts)) {
            throw new ProblemException(
                    403, "Origin '" + Text.shorten(origin, 100) + "' is not ours: pages from elsewhere have no access");
        }
        var site = context.header("Sec-Fetch-Site");
        if (site != null && !site.equals("none") && !site.equals("same-origin")) {
            throw new ProblemException(
                    403, "Sec-Fetch-Site '" + Text.shorten(site, 100) + "': pages from elsewhere have no access");
        }
    }

    private boolean isOwn(String origin, Set<String> hosts) {
        var lower = origin.toLowerCase(Locale.ROOT);
        return lower.startsWith(scheme) && hosts.contains(lower.substring(scheme.length()));
    }
}
