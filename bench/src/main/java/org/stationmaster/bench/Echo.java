package org.stationmaster.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;

/** The least that an endpoint can be: one thread that reads a request of one connection and writes the same answer to each. */
final class Echo implements AutoCloseable {
    /** As long as what is told of a source. */
    private static final int BODY_BYTES = 640;

    private final ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    private final byte[] answer = ("HTTP/1.1 200 OK\r\nContent-Length: " + BODY_BYTES + "\r\n\r\n"
                    + "x".repeat(BODY_BYTES))
            .getBytes(StandardCharsets.US_ASCII);

    Echo() throws IOException {
        Thread.ofPlatform().name("echo").daemon().start(this::serve);
    }

    int port() {
        return server.getLocalPort();
    }

    private void serve() {
        var buffer = new byte[8192];
        try (var socket = server.accept()) {
            socket.setTcpNoDelay(true);
            while (socket.getInputStream().read(buffer) >= 0) { // a request is small: one read has it whole
                socket.getOutputStream().write(answer);
            }
        } catch (IOException e) {
            if (!server.isClosed()) {
                System.err.println(e);
            }
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
