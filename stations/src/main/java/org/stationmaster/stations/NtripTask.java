package org.stationmaster.stations;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Base64;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Connection;
import org.stationmaster.core.api.Session;
import org.stationmaster.core.api.Slot;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Task;

/** A mountpoint of a caster; remembers between connections which version the caster speaks, and where we are. On the loop. */
final class NtripTask implements Task.Events {
    private static final String AGENT = "NTRIP Stationmaster/0.1";

    final Source source;
    final String mountpoint;

    /** Zero: no GGA is sent. */
    final long ggaNanos;

    private final String version;
    private @Nullable Gga place;
    private boolean isOld;

    /** In the version that is asked now. */
    private boolean hasAnswered;

    NtripTask(Source source) {
        this.source = source;
        this.mountpoint = source.options().getOrDefault(Ntrip.MOUNTPOINT, "");
        this.version = source.options().getOrDefault(Ntrip.VERSION, Ntrip.AUTO);
        this.place = Ntrip.place(source);
        this.ggaNanos = place == null ? 0 : Ntrip.ggaNanos(source);
    }

    @Override
    public Session open(Slot slot, Connection connection) {
        return new NtripSession(slot, connection, this);
    }

    /** The caster did not understand the request: with {@code version: auto} the other version is next. */
    void notUnderstood() {
        isOld = !isOld;
        hasAnswered = false;
    }

    /** The caster has closed without a word. One that has once answered in this version is down, or in front of it somebody. */
    void notAnswered() {
        if (!hasAnswered) {
            notUnderstood();
        }
    }

    /** A stream has begun. */
    void answered() {
        hasAnswered = true;
    }

    @Nullable
    Gga place() {
        return place;
    }

    void move(Gga to) {
        place = to;
    }

    private boolean asksVersion2() {
        return version.equals("2") || (version.equals(Ntrip.AUTO) && !isOld);
    }

    /** The request for the mountpoint, with where we are at that time. */
    String request(long epochNanos) {
        var at = place;
        return request(source, mountpoint, asksVersion2(), at == null ? null : at.sentence(epochNanos));
    }

    /** What to make of the answer to {@link #request}. */
    static NtripAnswer answer(Source source, String mountpoint) {
        var password = source.password();
        return new NtripAnswer(
                mountpoint,
                Stream.of(login(source), password == null ? "" : password.reveal())
                        .filter(secret -> !secret.isEmpty())
                        .toList());
    }

    /** User and password as a caster wants them; empty: none. */
    private static String login(Source source) {
        var user = source.user();
        if (user == null) {
            return "";
        }
        var password = source.password();
        var login = user + ':' + (password == null ? "" : password.reveal());
        return Base64.getEncoder().encodeToString(login.getBytes(UTF_8));
    }

    /** @param mountpoint empty: the sourcetable */
    static String request(Source source, String mountpoint, boolean isVersion2, @Nullable String gga) {
        var text = new StringBuilder("GET /").append(mountpoint);
        text.append(isVersion2 ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n");
        if (isVersion2) {
            boolean isAddress6 = source.host().indexOf(':') >= 0;
            text.append("Host: ").append(isAddress6 ? '[' + source.host() + ']' : source.host());
            text.append(':').append(source.port()).append("\r\nNtrip-Version: Ntrip/2.0\r\n");
        }
        text.append("User-Agent: ").append(AGENT).append("\r\n");
        var login = login(source);
        if (!login.isEmpty()) {
            text.append("Authorization: Basic ").append(login).append("\r\n");
        }
        if (isVersion2) {
            if (gga != null) {
                text.append("Ntrip-GGA: ").append(gga).append("\r\n");
            }
            text.append("Connection: close\r\n");
        }
        return text.append("\r\n").toString();
    }
}
