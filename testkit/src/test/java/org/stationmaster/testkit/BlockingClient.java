package org.stationmaster.testkit;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** One connection of a machine to a simulated station, as plain as it can be. */
final class BlockingClient implements AutoCloseable {
    final Socket socket;
    private final DataInputStream in;
    private final boolean frames;

    private BlockingClient(String protocol, int port, int receiveBufferBytes) throws IOException {
        frames = protocol.equals("tcp-frames");
        socket = new Socket();
        if (receiveBufferBytes > 0) {
            socket.setReceiveBufferSize(receiveBufferBytes);
        }
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        socket.setSoTimeout(20_000);
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    }

    static BlockingClient silent(String protocol, int port) throws IOException {
        return new BlockingClient(protocol, port, 0);
    }

    static BlockingClient hello(String protocol, int port, String id) throws IOException {
        var client = silent(protocol, port);
        client.send(id);
        return client;
    }

    static BlockingClient narrow(String protocol, int port, String id) throws IOException {
        var client = new BlockingClient(protocol, port, 4096);
        client.send(id);
        return client;
    }

    void send(String text) throws IOException {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        var message = ByteBuffer.allocate(bytes.length + 4);
        if (frames) {
            message.putInt(bytes.length).put(bytes);
        } else {
            message.put(bytes).put((byte) '\n');
        }
        socket.getOutputStream().write(message.array(), 0, message.position());
    }

    /** The next payload; lines with their LF. */
    byte[] next() throws IOException {
        if (frames) {
            int length = in.readInt();
            if (length < 0 || length > 1 << 20) {
                throw new IOException("no length: " + length);
            }
            var payload = new byte[length];
            in.readFully(payload);
            return payload;
        }
        return line();
    }

    private byte[] line() throws IOException {
        var line = new byte[256];
        int length = 0;
        for (int b = in.read(); b >= 0; b = in.read()) {
            if (length == line.length) {
                line = Arrays.copyOf(line, length * 2);
            }
            line[length++] = (byte) b;
            if (b == '\n') {
                return Arrays.copyOf(line, length);
            }
        }
        throw new EOFException(length == 0 ? "end" : "torn line of " + length + " bytes");
    }

    /** All payloads until the end in order; a torn one fails. */
    List<byte[]> rest() throws IOException {
        var all = new ArrayList<byte[]>();
        while (true) {
            in.mark(1);
            if (in.read() < 0) {
                return all;
            }
            in.reset();
            all.add(next());
        }
    }

    /** All bytes until the end. */
    byte[] bytes() throws IOException {
        return in.readAllBytes();
    }

    byte[] bytes(int count) throws IOException {
        return in.readNBytes(count);
    }

    /** Ends the connection before the test does. */
    void hangUp() throws IOException {
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
