package org.stationmaster.core.api;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import javax.net.ssl.SSLSocket;

/**
 * A blocking connection to a source, for tasks that read like a script. Open it inside the task: the slot then knows
 * it, and closes it when the task is told to stop.
 *
 * <p>One thread may read while another writes. Reads wait for ever: the slot's watchdog ends a silent link.
 */
public final class Link implements AutoCloseable {
    /** The slot's ear at its links. For the machine only. */
    public interface Listener {
        /** A link was opened by the task. */
        void opened(Link link);
    }

    /** Bound by the machine around a task, so that {@link #open} finds its slot. For the machine only. */
    public static final ScopedValue<Listener> LISTENER = ScopedValue.newInstance();

    private static final int DEFAULT_LINE_LIMIT_BYTES = 64 * 1024;
    private static final int DEFAULT_FRAME_LIMIT_BYTES = 1024 * 1024;
    private static final int READ_AHEAD_BYTES = 8192;

    private final Socket socket;
    /** The TCP socket below: the same without TLS. */
    private final Socket transport;

    private final InputStream in;
    private final OutputStream out;
    private final int frameLimitBytes;
    private byte[] line = new byte[256];
    /** What was read ahead: from {@code aheadFrom} to {@code aheadTo}. The reader's alone. */
    private final byte[] ahead = new byte[READ_AHEAD_BYTES];

    private int aheadFrom;
    private int aheadTo;
    /** True only while the reader has nothing in hand and waits for the socket. */
    private volatile boolean waiting;
    /** What the reader has read and, since it came back for more, used. Written by the reader. */
    private volatile long readBytes;

    private int lastReadBytes;

    private Link(Socket socket, Socket transport, int frameLimitBytes) throws IOException {
        this.socket = socket;
        this.transport = transport;
        this.in = socket.getInputStream();
        this.out = socket.getOutputStream();
        this.frameLimitBytes = frameLimitBytes;
    }

    /**
     * Connects to the source's host and port within its connect limit, with TLS when it says so.
     *
     * @throws IOException it cannot be reached
     */
    public static Link open(Source source) throws IOException {
        var socket = new Socket();
        try {
            socket.setTcpNoDelay(true);
            socket.setKeepAlive(true);
            socket.connect(new InetSocketAddress(source.host(), source.port()), source.connectTimeoutMillis());
            var tls = source.tls();
            var link = new Link(tls == null ? socket : secured(socket, tls, source), socket, source.frameLimitBytes());
            if (LISTENER.isBound()) {
                LISTENER.get().opened(link);
            }
            return link;
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    private static SSLSocket secured(Socket socket, Tls tls, Source source) throws IOException {
        var name = tls.serverName() == null ? source.host() : tls.serverName();
        var secured =
                (SSLSocket) TlsContexts.client(tls).getSocketFactory().createSocket(socket, name, source.port(), true);
        var parameters = secured.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        secured.setSSLParameters(parameters);
        secured.setSoTimeout(source.connectTimeoutMillis());
        secured.startHandshake();
        secured.setSoTimeout(0);
        return secured;
    }

    /**
     * Waits for the next line: its text without CR LF, bad bytes shown as U+FFFD.
     *
     * @throws EOFException the connection ended
     * @throws IOException it broke, or the line is over the limit (64 KiB unless the source sets its own)
     */
    public String readLine() throws IOException {
        int length = fillLine();
        int end = length - 1;
        if (end > 0 && line[end - 1] == '\r') {
            end--;
        }
        return new String(line, 0, end, StandardCharsets.UTF_8);
    }

    /** As {@link #readLine}, but every byte as it came, up to and including the LF. */
    public byte[] readLineBytes() throws IOException {
        return Arrays.copyOf(line, fillLine());
    }

    private int fillLine() throws IOException {
        int limit = frameLimitBytes == 0 ? DEFAULT_LINE_LIMIT_BYTES : frameLimitBytes;
        int length = 0;
        while (true) {
            int next = read();
            if (length == line.length) {
                line = Arrays.copyOf(line, Math.min(limit + 1, length * 2));
            }
            line[length++] = (byte) next;
            if (length > limit) {
                throw new IOException("line over the limit of " + limit + " bytes");
            }
            if (next == '\n') {
                return length;
            }
        }
    }

    /**
     * Waits for the next frame: 4 bytes of big-endian length, then that many bytes.
     *
     * @throws EOFException the connection ended
     * @throws IOException it broke, or the frame is over the limit (1 MiB unless the source sets its own)
     */
    public byte[] readFrame() throws IOException {
        int limit = frameLimitBytes == 0 ? DEFAULT_FRAME_LIMIT_BYTES : frameLimitBytes;
        int length = 0;
        for (int i = 0; i < 4; i++) {
            length = (length << 8) | read();
        }
        if (length < 0 || length > limit) {
            throw new IOException(
                    "frame of " + Integer.toUnsignedString(length) + " bytes, over the limit of " + limit);
        }
        var frame = new byte[length];
        int filled = 0;
        while (filled < length) {
            int count = read(frame, filled, length - filled);
            filled += count;
        }
        return frame;
    }

    /**
     * Waits for bytes.
     *
     * @return how many were put into {@code bytes}, at least 1 unless {@code length} is 0
     * @throws EOFException the connection ended
     */
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (aheadFrom == aheadTo && length >= READ_AHEAD_BYTES) {
            return readSocket(bytes, offset, length);
        }
        fillAhead();
        int count = Math.min(length, aheadTo - aheadFrom);
        System.arraycopy(ahead, aheadFrom, bytes, offset, count);
        aheadFrom += count;
        return count;
    }

    private int read() throws IOException {
        fillAhead();
        return ahead[aheadFrom++] & 0xff;
    }

    private void fillAhead() throws IOException {
        if (aheadFrom == aheadTo) {
            aheadFrom = 0;
            aheadTo = 0;
            aheadTo = readSocket(ahead, 0, READ_AHEAD_BYTES);
        }
    }

    private int readSocket(byte[] bytes, int offset, int length) throws IOException {
        long used = readBytes + lastReadBytes;
        readBytes = used;
        lastReadBytes = 0;
        waiting = true;
        try {
            int count = in.read(bytes, offset, length);
            if (count < 0) {
                throw new EOFException("the station closed the connection");
            }
            lastReadBytes = count;
            return count;
        } finally {
            waiting = false;
        }
    }

    /** Sends bytes; blocks while the station does not take them. */
    public void write(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    /** Sends one line of UTF-8; LF is added. */
    public void writeLine(String text) throws IOException {
        write((text + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /** Sends one frame, its length before it. */
    public void writeFrame(byte[] payload) throws IOException {
        var framed = new byte[payload.length + 4];
        java.nio.ByteBuffer.wrap(framed).putInt(payload.length).put(payload);
        write(framed);
    }

    /** Whether the reader waits and the kernel holds nothing for it. For the machine: then it can be closed in order. */
    public boolean isDrained() {
        try {
            return waiting && transport.getInputStream().available() == 0;
        } catch (IOException e) {
            return true; // closed or broken: there is nothing left to read
        }
    }

    /** How many bytes were read and used: the reader has come back for more. For the machine. */
    public long readBytes() {
        return readBytes;
    }

    /**
     * Says that we send no more, so that the station can end in order. For the machine, when the task is to stop; never
     * blocks. TLS is left alone: its own end could wait for a writer.
     */
    public void finish() {
        if (!(socket instanceof SSLSocket)) {
            try {
                socket.shutdownOutput();
            } catch (IOException e) {
                // closed already
            }
        }
    }

    /**
     * Ends at once, below TLS: who reads or writes gets an exception. For the machine; unlike {@link #close} it never
     * waits for a writer that the station does not hear.
     */
    public void cut() throws IOException {
        transport.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
