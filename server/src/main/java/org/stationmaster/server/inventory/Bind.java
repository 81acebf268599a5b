package org.stationmaster.server.inventory;

import java.net.InetAddress;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where the control endpoint listens.
 *
 * @param host an address or {@code localhost}, without brackets
 * @param port 0 to 65535; 0: any free one
 */
public record Bind(String host, int port) {
    /** Unless {@code control.bind} says otherwise. */
    public static final Bind DEFAULT = new Bind("127.0.0.1", 8470);

    private static final Pattern FORM = Pattern.compile("(?:\\[([0-9a-fA-F:.]+)]|([^\\s:/\\[\\]]+)):([0-9]{1,5})");

    public Bind {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port " + port + " is out of range 0 to 65535");
        }
    }

    /** Reads {@code host:port} or {@code [ipv6]:port}; empty when it is neither. */
    public static Optional<Bind> parse(String text) {
        var matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        int port = Integer.parseInt(matcher.group(3));
        var host = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
        return port > 65_535 ? Optional.empty() : Optional.of(new Bind(host, port));
    }

    /** Whether the host is an address that reaches beyond loopback; of a name nothing is known before the start. */
    public boolean isBeyondLoopback() {
        try {
            return !InetAddress.ofLiteral(host).isLoopbackAddress();
        } catch (IllegalArgumentException e) {
            return false; // a name
        }
    }

    /** Why it may not reach beyond loopback without tokens, and what would do. */
    public String beyondLoopback() {
        return "control.bind " + this + " is not loopback, and there are no tokens: name who may come in with"
                + " control.tokens, such as [{ name: ops, role: command, token: \"${OPS_TOKEN}\" }], or use 127.0.0.1:"
                + port;
    }

    /** As in the file: {@code 127.0.0.1:8470} or {@code [::1]:8470}. */
    @Override
    public String toString() {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
}
