package org.stationmaster.stations;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.DialIn;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Text;

/**
 * The head with which a station pushes its stream: {@code SOURCE password /mountpoint} of NTRIP 1, {@code POST /mountpoint} of
 * NTRIP 2, which is HTTP.
 *
 * @param user null: version 1 has none, or no login was given
 * @param isChunked whether the body comes in chunks
 */
record NtripCall(String mountpoint, @Nullable String user, String password, boolean isVersion2, boolean isChunked)
        implements DialIn.Greeting {
    static final int LIMIT_BYTES = 4096;

    private static final int SHOWN_CHARACTERS = 60;
    private static final Pattern SOURCE = Pattern.compile("SOURCE ([^ ]*) /?([^ /]+) *");
    private static final Pattern POST = Pattern.compile("POST /([^ /?]+)(?:\\?[^ ]*)? HTTP/1\\.[01]");
    private static final byte[] SOURCE_BEGINS = "SOURCE ".getBytes(US_ASCII);
    private static final byte[] POST_BEGINS = "POST /".getBytes(US_ASCII);

    /**
     * Takes a whole head, up to and including its empty line.
     *
     * @return null: more must come; the position has not moved
     */
    static @Nullable NtripCall read(ByteBuffer bytes) throws ProtocolException {
        if (!mayBegin(bytes, SOURCE_BEGINS) && !mayBegin(bytes, POST_BEGINS)) {
            throw none("it begins with neither SOURCE nor POST");
        }
        int end = end(bytes);
        if (end < 0) {
            if (bytes.remaining() >= LIMIT_BYTES) {
                throw none("its head has no end within " + LIMIT_BYTES + " bytes");
            }
            return null;
        }
        var head = new byte[end - bytes.position()];
        bytes.get(head);
        var lines = new String(head, ISO_8859_1).split("\r?\n");
        var source = SOURCE.matcher(lines[0]);
        if (source.matches()) {
            return new NtripCall(source.group(2), null, source.group(1), false, false);
        }
        var post = POST.matcher(lines[0]);
        if (!post.matches()) {
            // a line of SOURCE may hold the password
            throw none("its first line is "
                    + (head[0] == 'P'
                            ? "'" + Text.shorten(lines[0], SHOWN_CHARACTERS) + "'"
                            : "no SOURCE password /mountpoint"));
        }
        return post(post.group(1), lines);
    }

    private static NtripCall post(String mountpoint, String[] lines) throws ProtocolException {
        String user = null;
        var password = "";
        boolean isChunked = false;
        for (var line : lines) {
            int colon = line.indexOf(':');
            var value = line.substring(colon + 1).strip();
            switch (line.substring(0, Math.max(0, colon)).strip().toLowerCase(Locale.ROOT)) {
                case "transfer-encoding" ->
                    isChunked = value.toLowerCase(Locale.ROOT).contains("chunked");
                case "authorization" -> {
                    var login = login(value);
                    int between = login.indexOf(':');
                    user = between < 0 ? login : login.substring(0, between);
                    password = between < 0 ? "" : login.substring(between + 1);
                }
                default -> {}
            }
        }
        return new NtripCall(mountpoint, user, password, true, isChunked);
    }

    private static String login(String authorization) throws ProtocolException {
        var words = authorization.split(" +", 2);
        if (words.length != 2 || !words[0].equalsIgnoreCase("Basic")) {
            throw none("its Authorization is not Basic");
        }
        try {
            return new String(Base64.getDecoder().decode(words[1]), java.nio.charset.StandardCharsets.UTF_8);
        } catch (IllegalArgumentException _) {
            throw none("its Authorization is no base64");
        }
    }

    private static ProtocolException none(String what) {
        return new ProtocolException(EndReason.CORRUPT, "no NTRIP server: " + what);
    }

    private static boolean mayBegin(ByteBuffer bytes, byte[] beginning) {
        for (int i = 0; i < Math.min(beginning.length, bytes.remaining()); i++) {
            if (bytes.get(bytes.position() + i) != beginning[i]) {
                return false;
            }
        }
        return true;
    }

    /** Behind the empty line; −1: there is none yet. */
    private static int end(ByteBuffer bytes) {
        int lineStart = bytes.position();
        int last = Math.min(bytes.limit(), bytes.position() + LIMIT_BYTES);
        for (int at = lineStart; at < last; at++) {
            if (bytes.get(at) == '\n') {
                boolean isEmpty = at == lineStart || (at == lineStart + 1 && bytes.get(lineStart) == '\r');
                if (isEmpty && lineStart > bytes.position()) {
                    return at + 1;
                }
                lineStart = at + 1;
            }
        }
        return -1;
    }

    // ---- who calls

    @Override
    public String name() {
        return mountpoint;
    }

    /** Of version 1 the password alone counts. */
    @Override
    public boolean isFrom(Source source) {
        var wanted = source.password();
        boolean isUser = !isVersion2 || source.user() == null || source.user().equals(user);
        return (wanted == null || HelloDialIn.isSame(wanted, password)) && isUser;
    }

    /** Without the password. */
    @Override
    public String toString() {
        return mountpoint;
    }

    /** What the station waits for before it sends. */
    byte[] welcome() {
        return isVersion2 ? head("200 OK", "") : "ICY 200 OK\r\n".getBytes(US_ASCII);
    }

    @Override
    public byte[] refusal(DialIn.Refusal why) {
        if (!isVersion2) {
            return (switch (why) {
                        case LOGIN -> "ERROR - Bad Password\r\n";
                        case UNKNOWN, SECOND, PAUSED, NO_SLOT -> "ERROR - Mount Point Taken or Invalid\r\n";
                        case TLS, SLOW, GARBAGE, UNWANTED, CROWDED -> "";
                    })
                    .getBytes(US_ASCII);
        }
        return switch (why) {
            case LOGIN -> head("401 Unauthorized", "WWW-Authenticate: Basic realm=\"/\"\r\n");
            case UNKNOWN -> head("404 Not Found", "");
            case SECOND -> head("409 Conflict", "");
            case PAUSED, NO_SLOT -> head("503 Service Unavailable", "");
            case TLS, SLOW, GARBAGE, UNWANTED, CROWDED -> new byte[0];
        };
    }

    private static byte[] head(String status, String more) {
        return ("HTTP/1.1 " + status + "\r\nNtrip-Version: Ntrip/2.0\r\nServer: NTRIP Stationmaster/0.1\r\n" + more
                        + "Connection: close\r\n\r\n")
                .getBytes(US_ASCII);
    }
}
