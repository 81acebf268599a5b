package org.stationmaster.stations;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Text;

/**
 * A caster's answer up to its body: of NTRIP 1 ({@code ICY 200 OK}, {@code SOURCETABLE 200 OK}) and of NTRIP 2, which is HTTP. Pure,
 * bounded, for one connection.
 */
final class NtripAnswer {
    /** What it is. */
    enum Kind {
        NEED_MORE,
        /** The stream follows. */
        STREAM,
        /** The sourcetable follows; of version 1 with the rest of its head. */
        TABLE,
        /** The caster does not want us; {@link #why} tells. */
        REFUSED,
        /** The caster does not understand what was asked: another version may do. */
        NOT_UNDERSTOOD,
        /** No caster answers like this; {@link #why} tells. */
        NONE
    }

    /** The longest line; no more is left unread. */
    static final int LINE_LIMIT_BYTES = 8 * 1024;

    /** After a login or a mountpoint that is not taken: a person has to mend it, and casters ban who hammers. */
    static final Duration LONG_BACKOFF = Duration.ofMinutes(1);

    private static final Duration SHORT_BACKOFF = Duration.ofSeconds(10);
    private static final int LINES_LIMIT = 100;
    private static final int SHOWN_CHARACTERS = 80;
    private static final List<String> BEGINNINGS = List.of("HTTP/1.", "ICY ", "SOURCETABLE ", "ERROR");
    private static final Pattern STATUS = Pattern.compile("(HTTP/1\\.[01]|ICY|SOURCETABLE) ([0-9]{3})( .*|)");

    /** What differs each time, and may be a secret. */
    private static final Pattern QUERY = Pattern.compile("[?#].*");

    private final String mountpoint;
    private final List<String> login;
    private boolean isIcy;
    private int code;
    private int lines;
    private boolean isChunked;
    private String type = "";
    private String location = "";
    private String why = "";
    private Duration leastBackoff = SHORT_BACKOFF;

    /**
     * Of one request.
     *
     * @param mountpoint what was asked for; empty: the sourcetable
     * @param login as it went out, and the password in it: words of the caster that hold one of them are not shown
     */
    NtripAnswer(String mountpoint, List<String> login) {
        this.mountpoint = mountpoint;
        this.login = login;
    }

    /** Whether the body comes in chunks. */
    boolean isChunked() {
        return isChunked;
    }

    /** For people: the same words for the same answer, whatever its headers and its page say. */
    String why() {
        return why;
    }

    /** How long to leave the caster alone when it did not give the stream. */
    Duration leastBackoff() {
        return leastBackoff;
    }

    /** Takes what belongs to the head, line by line. */
    Kind read(ByteBuffer bytes) {
        while (true) {
            if (code == 0 && !mayBegin(bytes)) {
                return none("it does not speak as a caster does");
            }
            if (isIcy && isBody(bytes)) {
                return Kind.STREAM;
            }
            var line = line(bytes);
            if (line == null) {
                return bytes.remaining() > LINE_LIMIT_BYTES
                        ? none("its answer has a line without an end")
                        : Kind.NEED_MORE;
            }
            if (++lines > LINES_LIMIT) {
                return none("its answer has more than " + LINES_LIMIT + " lines in front of the data");
            }
            var kind = code == 0 ? first(line) : line.isEmpty() ? verdict() : header(line);
            if (kind != Kind.NEED_MORE) {
                return kind;
            }
        }
    }

    /** It is not there in time: no caster. */
    Kind late(long seconds) {
        return none("it has not answered within " + seconds + " s");
    }

    private Kind none(String what) {
        why = "no NTRIP caster: " + what;
        return Kind.NONE;
    }

    private static boolean mayBegin(ByteBuffer bytes) {
        int known = Math.min(bytes.remaining(), BEGINNINGS.get(2).length());
        var start = new byte[known];
        bytes.get(bytes.position(), start);
        var text = new String(start, ISO_8859_1);
        return BEGINNINGS.stream().anyMatch(begin -> text.startsWith(begin) || begin.startsWith(text));
    }

    /** Casters of version 1 send headers behind their ICY line, or an empty line, or neither. */
    private static boolean isBody(ByteBuffer bytes) {
        for (int at = bytes.position(); at < bytes.limit() && at - bytes.position() <= 32; at++) {
            byte b = bytes.get(at);
            boolean isFirst = at == bytes.position();
            if ((b == ':' && !isFirst) || (isFirst && (b == '\r' || b == '\n'))) {
                return false;
            }
            if (!(b == '-' && !isFirst) && !(b >= 'A' && b <= 'Z') && !(b >= 'a' && b <= 'z')) {
                return true;
            }
        }
        return bytes.remaining() > 32;
    }

    /** Takes a line up to LF, without the CR before it; null: it has no end yet. */
    static @Nullable String line(ByteBuffer bytes) {
        int start = bytes.position();
        int last = Math.min(bytes.limit(), start + LINE_LIMIT_BYTES);
        for (int at = start; at < last; at++) {
            if (bytes.get(at) == '\n') {
                var line = new byte[at - start];
                bytes.get(line).position(at + 1);
                return new String(line, ISO_8859_1).stripTrailing();
            }
        }
        return null;
    }

    private Kind first(String line) {
        if (line.startsWith("ERROR")) {
            code = 403;
            why = "the caster refuses " + asked() + ": " + shown(line);
            leastBackoff = LONG_BACKOFF;
            return Kind.REFUSED;
        }
        var status = STATUS.matcher(line);
        if (!status.matches()) {
            return none("it answers " + shown(line));
        }
        code = Integer.parseInt(status.group(2));
        if (code < 100 || code > 599) {
            return none("it answers " + shown(line));
        }
        if (status.group(1).equals("SOURCETABLE")) {
            type = "gnss/sourcetable";
            return verdict();
        }
        isIcy = status.group(1).equals("ICY") && code == 200;
        return Kind.NEED_MORE;
    }

    /** The caster's words, but never our login. */
    private String shown(String words) {
        return login.stream().anyMatch(words::contains)
                ? "(words that hold the login)"
                : "'" + Text.shorten(words, SHOWN_CHARACTERS) + "'";
    }

    private Kind header(String line) {
        int colon = line.indexOf(':');
        var value = line.substring(colon + 1).strip();
        switch (line.substring(0, Math.max(0, colon)).strip().toLowerCase(Locale.ROOT)) {
            case "transfer-encoding" ->
                isChunked |= value.toLowerCase(Locale.ROOT).contains("chunked");
            case "content-type" -> type = value.toLowerCase(Locale.ROOT);
            case "location" -> location = QUERY.matcher(value).replaceFirst("");
            default -> {}
        }
        return Kind.NEED_MORE;
    }

    private String asked() {
        return mountpoint.isEmpty() ? "its sourcetable" : "mountpoint " + mountpoint;
    }

    private Kind verdict() {
        return switch (code) {
            case 200 -> {
                if (type.contains("html")) {
                    yield none("it answers with a page of HTML");
                }
                boolean isTable = type.contains("sourcetable");
                leastBackoff = LONG_BACKOFF;
                why = isTable ? "the caster has no mountpoint " + mountpoint + ": it answers with its sourcetable" : "";
                yield isTable ? Kind.TABLE : Kind.STREAM;
            }
            case 400, 405, 501, 505 -> {
                why = "the caster does not understand the request (" + code + "): set version to 1 or 2";
                yield Kind.NOT_UNDERSTOOD;
            }
            case 401, 403, 407 -> {
                leastBackoff = LONG_BACKOFF;
                yield refused("the caster refuses the login for " + asked(), "check user and password");
            }
            case 404, 410 -> {
                leastBackoff = LONG_BACKOFF;
                yield refused("the caster has no " + asked(), "ask 'discover ntrip' for those it has");
            }
            case 409, 429, 503 -> refused("the caster is busy and does not give " + asked(), "it is asked again");
            case 301, 302, 303, 307, 308 -> refused("the caster is elsewhere", "it names " + shown(location));
            default -> refused("the caster does not give " + asked(), "");
        };
    }

    private Kind refused(String what, String advice) {
        why = what + " (" + code + ")" + (advice.isEmpty() ? "" : ": " + advice);
        return Kind.REFUSED;
    }
}
