package org.stationmaster.core.worker;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.CommandOutcome;
import org.stationmaster.core.api.CommandReply;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.StationRecord;
import org.stationmaster.core.api.Task;

/** One source's part in a {@link SharedConnection}. On the loop. */
final class SharedRun extends TaskRun {
    private final Task.Shared task;
    private final SharedConnections connections;
    private final Outlet outlet;
    private @Nullable SharedConnection connection;
    private boolean over;
    private long readBytes;

    SharedRun(
            Activation activation, Listener listener, Task.Shared task, SharedConnections connections, Outlet outlet) {
        super(activation, listener);
        this.task = task;
        this.connections = connections;
        this.outlet = outlet;
    }

    Task.Shared task() {
        return task;
    }

    @Override
    void start() {
        connections.join(this);
        listener.started(this, connections.now());
    }

    void joined(SharedConnection by) {
        connection = by;
    }

    void connected() {
        if (!over) {
            activation.initialised = true;
            listener.running(this);
        }
    }

    /** The connection has ended. */
    void ended(EndReason reason, String detail) {
        if (!over) {
            over = true;
            connection = null;
            close();
            listener.ended(this, reason, detail);
        }
    }

    /** The peer does not want this source; the connection goes on for the others. */
    void refused(ProtocolException why) {
        backsOff(why);
        abort(why.reason(), String.valueOf(why.getMessage()));
    }

    @Override
    public void abort(EndReason reason, String detail) {
        if (over) {
            return;
        }
        over = true;
        close();
        var left = connection;
        connection = null;
        if (left != null) {
            left.leave(this);
        }
        listener.ended(this, reason, detail);
    }

    @Override
    public void finish() {
        var by = connection;
        if (by != null) {
            by.finish(this);
        }
    }

    /** Always: what was read was given to the session. */
    @Override
    public boolean isWaiting() {
        return true;
    }

    @Override
    public long readBytes() {
        return readBytes;
    }

    @Override
    public boolean isBlocked() {
        return outlet.isFull();
    }

    @Override
    void reading(boolean allowed) {
        var by = connection;
        if (by != null) {
            by.reading(allowed);
        }
    }

    @Override
    void tick(long nanoTime) {
        var by = connection;
        if (by != null) {
            by.tick(nanoTime);
        }
    }

    @Override
    void send(byte[] command, CommandReply reply) {
        reply.refuse(CommandOutcome.UNIDIRECTIONAL, "the task takes no commands");
    }

    @Override
    public long receivedNanos() {
        var by = connection;
        return by == null ? StationRecord.UNKNOWN : by.readNanos();
    }

    @Override
    public void emit(ByteBuffer payload, long eventNanos, long position) {
        var by = connection;
        if (!isOpen() || by == null) {
            throw refused();
        }
        readBytes += payload.remaining();
        outlet.append(activation, payload, by.readNanoTime(), eventNanos, by.readNanos(), position);
        judgeClock(eventNanos, by.readNanos());
    }
}
