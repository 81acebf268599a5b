package org.stationmaster.core.worker;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.CommandOutcome;
import org.stationmaster.core.api.CommandReply;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Session;
import org.stationmaster.core.api.Task;

/** A session on the worker's loop: nothing here blocks, nothing needs a lock. */
final class EventRun extends TaskRun implements Dialer.DialListener {
    private final Task.Events task;
    private final Dialer dialer;
    private final Outlet outlet;
    private final RestBudget rests;
    private final Clock clock;

    private Dialer.@Nullable Dialled dialled;
    private @Nullable Session session;
    private @Nullable SessionFeed feed;
    private boolean over;
    private long readBytes;
    private long readNanoTime;
    private long readNanos;

    EventRun(
            Activation activation,
            Listener listener,
            Task.Events task,
            Dialer dialer,
            Outlet outlet,
            RestBudget rests,
            Clock clock) {
        super(activation, listener);
        this.task = task;
        this.dialer = dialer;
        this.outlet = outlet;
        this.rests = rests;
        this.clock = clock;
    }

    @Override
    void start() {
        dialled = dialer.dial(source(), this);
        listener.started(this, clock.nanoTime());
    }

    @Override
    public void connected() {
        var connection = dialled;
        if (over || connection == null) {
            return;
        }
        stamp();
        try {
            var opened = task.open(this, connection);
            session = opened;
            feed = new SessionFeed(opened, rests);
        } catch (RuntimeException e) {
            failed(e);
            return;
        }
        activation.initialised = true;
        connection.reading(!outlet.isFull());
        listener.running(this);
    }

    @Override
    public void bytes(ByteBuffer bytes) {
        var target = feed;
        if (over || target == null) {
            return;
        }
        readBytes += bytes.remaining();
        stamp();
        try {
            target.accept(bytes);
        } catch (ProtocolException e) {
            end(e);
        } catch (RuntimeException e) {
            failed(e);
        }
    }

    @Override
    boolean hasReadSince(long nanoTime) {
        return readBytes > 0 && readNanoTime - nanoTime >= 0;
    }

    private void stamp() {
        readNanoTime = clock.nanoTime();
        readNanos = clock.epochNanos();
    }

    private void end(ProtocolException why) {
        backsOff(why);
        abort(why.reason(), String.valueOf(why.getMessage()));
    }

    private void failed(RuntimeException cause) {
        abort(EndReason.TASK_FAILED, Failures.describe(cause));
    }

    @Override
    public void ended(EndReason reason, String detail) {
        if (over) {
            return;
        }
        over = true;
        var conversation = session;
        var bytes = feed;
        if (conversation != null && bytes != null) {
            try {
                conversation.onEnd(bytes.restBytes());
            } catch (RuntimeException | Error e) {
                close();
                listener.ended(this, EndReason.TASK_FAILED, Failures.describe(e));
                return;
            } finally {
                bytes.forget();
            }
        }
        close();
        listener.ended(this, reason, detail);
    }

    @Override
    public void abort(EndReason reason, String detail) {
        var connection = dialled;
        try {
            if (connection != null) {
                connection.close();
            }
        } finally { // whatever the close does, the slot must hear of the end
            ended(reason, detail);
        }
    }

    @Override
    public void finish() {
        var connection = dialled;
        if (connection != null && session != null) {
            connection.finish();
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
        var connection = dialled;
        if (connection != null && session != null) {
            connection.reading(allowed);
        }
    }

    @Override
    void tick(long nanoTime) {
        var conversation = session;
        if (conversation == null || over) {
            return;
        }
        try {
            conversation.onTick(nanoTime);
        } catch (ProtocolException e) {
            end(e);
        } catch (RuntimeException e) {
            failed(e);
        }
    }

    @Override
    void send(byte[] command, CommandReply reply) {
        var conversation = session;
        if (conversation == null || over) {
            reply.refuse(CommandOutcome.NOT_CONNECTED, "there is no connection at the moment");
            return;
        }
        try {
            conversation.onCommand(command, reply);
        } catch (RuntimeException | Error e) {
            reply.refuse(CommandOutcome.FAILED, Failures.describe(e));
        }
    }

    @Override
    public long receivedNanos() {
        return readNanos;
    }

    @Override
    public void emit(ByteBuffer payload, long eventNanos, long position) {
        if (!isOpen()) {
            throw refused();
        }
        outlet.append(activation, payload, readNanoTime, eventNanos, readNanos, position);
        judgeClock(eventNanos, readNanos);
    }
}
