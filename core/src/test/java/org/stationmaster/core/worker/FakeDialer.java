package org.stationmaster.core.worker;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.stationmaster.core.api.CommandReply;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.Source;

/** Connections that a test makes, feeds and breaks by hand. On the test's thread, which is the loop. */
final class FakeDialer implements Dialer {
    private final List<FakeConnection> connections = new ArrayList<>();
    private boolean onlyCalled;
    private boolean called;
    private Runnable whileDialling = () -> {};

    /** What happens on the loop before a dial returns. */
    void whileDialling(Runnable value) {
        whileDialling = value;
    }

    @Override
    public Dialled dial(Source source, DialListener listener) {
        var connection = new FakeConnection(source, listener);
        connections.add(connection);
        whileDialling.run();
        return connection;
    }

    /** Where calls come to any worker, a slot has a source only for a call. */
    void holdsOnlyCalled() {
        onlyCalled = true;
    }

    /** Whether the next dials find a call. */
    void called(boolean value) {
        called = value;
    }

    @Override
    public boolean letsGoUncalled(Source source) {
        return onlyCalled;
    }

    @Override
    public boolean isWaiting(Source source) {
        return !called;
    }

    int dials() {
        return connections.size();
    }

    /** Who is dialling is refused. */
    void refuseAll() {
        List.copyOf(connections).forEach(FakeConnection::refuse);
    }

    FakeConnection last() {
        return connections.getLast();
    }

    /** Connections that are dialling or connected. */
    long open() {
        return connections.stream().filter(connection -> !connection.over).count();
    }

    static final class FakeConnection implements Dialled {
        private final Source source;
        private final DialListener listener;
        private final List<String> written = new ArrayList<>();
        private boolean over;
        private boolean reading;
        private boolean finished;

        private FakeConnection(Source source, DialListener listener) {
            this.source = source;
            this.listener = listener;
        }

        Source source() {
            return source;
        }

        boolean isClosed() {
            return over;
        }

        /** Whether we said that we send no more. */
        boolean isFinished() {
            return finished;
        }

        boolean isReading() {
            return reading;
        }

        List<String> written() {
            return written;
        }

        FakeConnection connect() {
            if (!over) {
                listener.connected();
            }
            return this;
        }

        FakeConnection receive(String text) {
            if (!over) {
                listener.bytes(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
            }
            return this;
        }

        void end(EndReason reason, String detail) {
            if (!over) {
                over = true;
                listener.ended(reason, detail);
            }
        }

        void refuse() {
            end(EndReason.UNREACHABLE, "Connection refused");
        }

        @Override
        public void close() {
            over = true;
        }

        @Override
        public void finish() {
            finished = true;
        }

        @Override
        public void reading(boolean allowed) {
            reading = allowed;
        }

        @Override
        public void write(ByteBuffer bytes, CommandReply reply) {
            write(bytes);
            reply.acknowledge();
        }

        @Override
        public void write(ByteBuffer bytes) {
            written.add(StandardCharsets.UTF_8.decode(bytes.duplicate()).toString());
        }
    }
}
