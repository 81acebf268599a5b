package org.stationmaster.testkit;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * {@code ntrip}: each port is a caster of NTRIP 1 and 2, whichever is asked for; a station's mountpoint is its id, its records are
 * those of {@link Rtcm3Wire}, of version 2 in chunks. Every login is taken but the password {@code wrong}. A station that calls
 * in pushes in version 2.
 */
record NtripWire() implements Wire {
    static final String PROTOCOL = "ntrip";

    private static final Rtcm3Wire FRAMES = new Rtcm3Wire();
    private static final Pattern REQUEST = Pattern.compile("GET /([^ ]*) HTTP/1\\.[01]\r?\n[\\s\\S]*");
    private static final Pattern LOGIN =
            Pattern.compile("\nAuthorization: Basic ([A-Za-z0-9+/=]{1,400})\r?\n", Pattern.CASE_INSENSITIVE);
    private static final Pattern VERSION_2 =
            Pattern.compile("\nNtrip-Version: Ntrip/2\\.0\r?\n", Pattern.CASE_INSENSITIVE);

    @Override
    public boolean hasHello() {
        return true;
    }

    @Override
    public Map<String, String> options(NetworkPlan plan, String id) {
        return Map.of("mountpoint", id);
    }

    private static boolean isVersion2(String request) {
        return VERSION_2.matcher(request).find();
    }

    @Override
    public String asked(String request) {
        return isLoginWrong(request) ? "" : mountpoint(request);
    }

    private static String mountpoint(String request) {
        var matcher = REQUEST.matcher(request);
        return matcher.matches() ? matcher.group(1) : "";
    }

    private static boolean isLoginWrong(String request) {
        var login = LOGIN.matcher(request);
        if (!login.find()) {
            return false;
        }
        try {
            return new String(Base64.getDecoder().decode(login.group(1)), StandardCharsets.UTF_8).endsWith(":wrong");
        } catch (IllegalArgumentException _) {
            return true;
        }
    }

    /** Of version 1 a line and nothing behind it: clients such as RTKLIB's take what follows it for data. */
    @Override
    public String welcome(String request) {
        return isVersion2(request)
                ? head("200 OK") + "Content-Type: gnss/data\r\nTransfer-Encoding: chunked\r\n\r\n"
                : "ICY 200 OK\r\n";
    }

    @Override
    public boolean isChunked(String request) {
        return isVersion2(request);
    }

    @Override
    public String refusal(String request, List<String> ids) {
        if (!REQUEST.matcher(request).matches()) {
            return head("400 Bad Request") + "\r\n";
        }
        if (isLoginWrong(request)) {
            return head("401 Unauthorized") + "WWW-Authenticate: Basic realm=\"/\"\r\n\r\n";
        }
        if (isVersion2(request) && !mountpoint(request).isEmpty()) {
            return head("404 Not Found") + "\r\n";
        }
        var table = new StringBuilder();
        for (var id : ids) {
            table.append("STR;")
                    .append(id)
                    .append(";Simulated;RTCM 3.2;1071(1);0;GPS;SIM;ECU;0.00;-78.00;0;0;Stationmaster;none;N;N;0;\r\n");
        }
        table.append("ENDSOURCETABLE\r\n");
        var begin = isVersion2(request)
                ? head("200 OK") + "Content-Type: gnss/sourcetable\r\n"
                : "SOURCETABLE 200 OK\r\nServer: Stationmaster simulator\r\nContent-Type: text/plain\r\n";
        return begin + "Content-Length: " + table.length() + "\r\n\r\n" + table;
    }

    /** A push of version 2. */
    @Override
    public byte[] greeting(String id) {
        return ("POST /" + id + " HTTP/1.1\r\nHost: centre\r\nNtrip-Version: Ntrip/2.0\r\n"
                        + "User-Agent: NTRIP Stationmaster simulator\r\nTransfer-Encoding: chunked\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public boolean awaitsAnswer() {
        return true;
    }

    @Override
    public boolean isTaken(String answer) {
        return answer.startsWith("HTTP/1.1 200 ");
    }

    @Override
    public String busy() {
        return head("503 Service Unavailable") + "\r\n";
    }

    private static String head(String status) {
        return "HTTP/1.1 " + status
                + "\r\nNtrip-Version: Ntrip/2.0\r\nServer: Stationmaster simulator\r\nConnection: close\r\n";
    }

    /** What a client sends behind its request are GGA sentences: counted, and nothing else. */
    @Override
    public boolean answersCommands() {
        return false;
    }

    @Override
    public int maxSizeBytes() {
        return FRAMES.maxSizeBytes();
    }

    @Override
    public int headBytes() {
        return FRAMES.headBytes();
    }

    /** Behind a request, which ends in an empty line, and behind a line: an LF. */
    @Override
    public int tailBytes() {
        return 1;
    }

    @Override
    public void complete(byte[] record, int length, long epochNanos) {
        FRAMES.complete(record, length, epochNanos);
    }

    @Override
    public int next(ByteBuffer in) {
        int start = in.position();
        boolean isLine = in.hasRemaining() && in.get(start) == '$';
        int lineStart = start;
        for (int at = start; at < in.limit(); at++) {
            if (in.get(at) == '\n') {
                boolean isEmpty = at == lineStart || (at == lineStart + 1 && in.get(lineStart) == '\r');
                if (isLine || (isEmpty && lineStart > start)) {
                    return at - start;
                }
                lineStart = at + 1;
            }
        }
        return in.limit() - start > LIMIT_BYTES ? TOO_LONG : NEED_MORE;
    }

    @Override
    public byte[] garbage(long random) {
        return FRAMES.garbage(random);
    }

    @Override
    public boolean isLostAfterGarbage() {
        return false;
    }

    @Override
    public int[] recordEnds(ByteBuffer file) {
        return FRAMES.recordEnds(file);
    }
}
