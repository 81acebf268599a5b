package org.stationmaster.bench;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;

/**
 * Who looks at sources, in a process of its own: two connections that stay open, a blocking socket each, so that an answer wakes
 * one thread. In turns it asks the endpoint and a bare {@link Echo}, which answers as many bytes without doing anything:
 * what the second takes, no endpoint in that process could save.
 *
 * <p>Each line {@code COUNT PER_SECOND} on its input is answered with a line of quantiles. It ends with its input.
 */
public final class Asker {
    private static final Pattern LENGTH = Pattern.compile("(?i)\r\ncontent-length: *(\\d+)\r\n");
    private static final String END = "\r\n\r\n";

    private final InputStream in;
    private final Socket socket;
    private final byte[] buffer = new byte[64 * 1024];

    private Asker(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        in = socket.getInputStream();
    }

    /** PORT ECHO_PORT STATIONS */
    public static void main(String... args) throws IOException {
        int stations = Integer.parseInt(args[2]);
        var endpoint = new Asker(Integer.parseInt(args[0]));
        var echo = new Asker(Integer.parseInt(args[1]));
        try (var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                var words = line.split(" ", -1);
                System.out.println(
                        measure(endpoint, echo, stations, Integer.parseInt(words[0]), Double.parseDouble(words[1])));
            }
        }
    }

    private static String measure(Asker endpoint, Asker echo, int stations, int count, double perSecond)
            throws IOException {
        var get = new Histogram(60_000_000L, 3);
        var bare = new Histogram(60_000_000L, 3);
        long begin = System.nanoTime();
        for (int i = 0; i < count; i++) {
            var path = "/api/v1/sources/" + Rival.id(i * 7919 % stations);
            Waits.until(begin + (long) (i * 1e9 / perSecond));
            get.recordValue(endpoint.ask(path));
            Waits.until(begin + (long) ((i + 0.5) * 1e9 / perSecond));
            bare.recordValue(echo.ask(path));
        }
        var line = new LinkedHashMap<String, Number>();
        put(line, "get", get);
        put(line, "echo", bare);
        return Json.line(line);
    }

    private static void put(Map<String, Number> line, String name, Histogram micros) {
        line.put(name + "_p50", micros.getValueAtPercentile(50));
        line.put(name + "_p99", micros.getValueAtPercentile(99));
        line.put(name + "_max", micros.getMaxValue());
    }

    /** How long one exchange took, microseconds. */
    private long ask(String path) throws IOException {
        var request = ("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + socket.getPort() + END)
                .getBytes(StandardCharsets.US_ASCII);
        long begin = System.nanoTime();
        socket.getOutputStream().write(request);
        int wanted = Integer.MAX_VALUE;
        int have = 0;
        while (have < wanted) {
            int n = in.read(buffer, have, buffer.length - have);
            if (n < 0) {
                throw new EOFException(path + ": the connection has ended");
            }
            have += n;
            wanted = wanted == Integer.MAX_VALUE ? length(have) : wanted;
        }
        long micros = (System.nanoTime() - begin) / 1_000;
        if (!new String(buffer, 0, 12, StandardCharsets.US_ASCII).endsWith("200")) {
            throw new IOException(path + " was answered with " + new String(buffer, 0, have, StandardCharsets.UTF_8));
        }
        return micros;
    }

    /** Of head and body together; as much as an int holds while it is not known. */
    private int length(int have) {
        var text = new String(buffer, 0, have, StandardCharsets.ISO_8859_1);
        int end = text.indexOf(END);
        var length = LENGTH.matcher(text);
        return end < 0 || !length.find() ? Integer.MAX_VALUE : end + END.length() + Integer.parseInt(length.group(1));
    }
}
