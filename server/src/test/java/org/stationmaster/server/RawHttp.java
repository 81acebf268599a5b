package org.stationmaster.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A client that sends exactly the bytes it is given, one request a connection. */
final class RawHttp {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private final int port;

    RawHttp(int port) {
        this.port = port;
    }

    record Response(int status, Map<String, String> headers, String body) {
        JsonNode json() {
            return MAPPER.readTree(body);
        }

        String header(String name) {
            return headers.getOrDefault(name, "");
        }
    }

    Response call(String method, String path, String body, String... headers) throws IOException {
        return call(method, path, body.getBytes(StandardCharsets.UTF_8), headers);
    }

    Response call(String method, String path, byte[] body, String... headers) throws IOException {
        var head = new StringBuilder(method + " " + path + " HTTP/1.1\r\n");
        boolean hasHost = false;
        for (var header : headers) {
            head.append(header).append("\r\n");
            hasHost |= header.startsWith("Host:");
        }
        if (!hasHost) {
            head.append("Host: 127.0.0.1:").append(port).append("\r\n");
        }
        if (body.length > 0) {
            head.append("Content-Length: ").append(body.length).append("\r\n");
        }
        head.append("Connection: close\r\n\r\n");
        var request = new ByteArrayOutputStream();
        request.writeBytes(head.toString().getBytes(StandardCharsets.ISO_8859_1));
        request.writeBytes(body);
        return exchange(request.toByteArray());
    }

    Response exchange(byte[] request) throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(10_000);
            try {
                socket.getOutputStream().write(request);
            } catch (IOException e) {
                // the server has answered and closed before it read everything: its answer is what counts
            }
            return parse(new String(readAll(socket), StandardCharsets.UTF_8));
        }
    }

    private static byte[] readAll(Socket socket) throws IOException {
        var all = new ByteArrayOutputStream();
        var buffer = new byte[8192];
        try {
            for (int n = socket.getInputStream().read(buffer);
                    n >= 0;
                    n = socket.getInputStream().read(buffer)) {
                all.write(buffer, 0, n);
            }
        } catch (java.net.SocketException e) {
            // a reset after the answer: the rest of a request that was refused was never read
        }
        return all.toByteArray();
    }

    private static Response parse(String text) {
        int end = text.indexOf("\r\n\r\n");
        if (end < 0) {
            throw new AssertionError("no HTTP answer: " + text);
        }
        var lines = text.substring(0, end).lines().toList();
        var headers = new TreeMap<String, String>();
        for (int i = 1; i < lines.size(); i++) {
            var line = lines.get(i);
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        var body = text.substring(end + 4);
        boolean chunked = "chunked".equals(headers.get("transfer-encoding"));
        return new Response(
                Integer.parseInt(lines.getFirst().substring(9, 12)), headers, chunked ? joined(body) : body);
    }

    /** The body of a chunked answer; ASCII only, as our tests' sources are. */
    private static String joined(String chunks) {
        var body = new StringBuilder();
        int at = 0;
        while (at < chunks.length()) {
            int line = chunks.indexOf("\r\n", at);
            int size = Integer.parseInt(chunks.substring(at, line), 16);
            body.append(chunks, line + 2, line + 2 + size);
            at = size == 0 ? chunks.length() : line + 2 + size + 2;
        }
        return body.toString();
    }
}
