package org.stationmaster.core.worker;

import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Session;

/**
 * One connection and its session, for several slots: each {@link SharedRun} is a member. It ends when its last member
 * leaves; when it ends by itself, every member ends. On the loop.
 */
final class SharedConnection implements Dialer.DialListener {
    private final SharedConnections all;
    private final SharedConnections.Key key;
    private final Outlet outlet;
    private final RestBudget rests;
    private final Clock clock;
    private final Set<SharedRun> members = new LinkedHashSet<>();
    private final Set<SharedRun> finishing = new LinkedHashSet<>();

    private Dialer.@Nullable Dialled dialled;
    private @Nullable Session session;
    private @Nullable SessionFeed feed;
    private boolean over;
    private long readNanoTime;
    private long readNanos;
    private long tickedNanoTime;

    SharedConnection(SharedConnections all, SharedConnections.Key key, Outlet outlet, RestBudget rests, Clock clock) {
        this.all = all;
        this.key = key;
        this.outlet = outlet;
        this.rests = rests;
        this.clock = clock;
    }

    SharedConnections.Key key() {
        return key;
    }

    int size() {
        return members.size();
    }

    /** Whether it is being made: everybody may join. */
    boolean isGathering() {
        return !over && session == null;
    }

    void dial(Dialer dialer) {
        if (!over) {
            var made = dialer.dial(members.iterator().next().source(), this);
            dialled = made;
            if (over) {
                made.close();
            }
        }
    }

    /** Adds a member; false: it takes none, or not this one. */
    boolean take(SharedRun run) {
        var conversation = session;
        if (over || (conversation != null && !run.task().join(conversation, run, run::refused))) {
            return false;
        }
        members.add(run);
        run.joined(this);
        if (conversation != null) {
            run.connected();
        }
        return true;
    }

    /** The member takes nothing more; what still comes for it is refused and counted. */
    void leave(SharedRun run) {
        finishing.remove(run);
        if (members.remove(run) && members.isEmpty()) {
            end(EndReason.TOLD, "told to");
        }
    }

    /** Says that no more is wanted, once all members want no more. */
    void finish(SharedRun run) {
        finishing.add(run);
        var connection = dialled;
        if (connection != null && session != null && finishing.containsAll(members)) {
            connection.finish();
        }
    }

    void reading(boolean allowed) {
        var connection = dialled;
        if (connection != null && session != null) {
            connection.reading(allowed);
        }
    }

    /** Called for each member; one of them is enough. */
    void tick(long nanoTime) {
        var conversation = session;
        if (over || conversation == null || nanoTime == tickedNanoTime) {
            return;
        }
        tickedNanoTime = nanoTime;
        try {
            conversation.onTick(nanoTime);
        } catch (ProtocolException e) {
            end(e);
        } catch (RuntimeException e) {
            end(EndReason.TASK_FAILED, Failures.describe(e));
        }
    }

    long readNanoTime() {
        return readNanoTime;
    }

    long readNanos() {
        return readNanos;
    }

    // ---- what the dialer tells

    @Override
    public void connected() {
        var connection = dialled;
        if (over || connection == null) {
            return;
        }
        stamp();
        try {
            var first = members.iterator().next();
            var opened = first.task().open(first, connection);
            session = opened;
            feed = new SessionFeed(opened, rests);
            for (var member : List.copyOf(members)) {
                if (member.task().join(opened, member, member::refused)) {
                    member.connected();
                } else {
                    members.remove(member);
                    all.join(member);
                }
            }
        } catch (RuntimeException e) {
            end(EndReason.TASK_FAILED, Failures.describe(e));
            return;
        }
        connection.reading(!outlet.isFull());
    }

    @Override
    public void bytes(ByteBuffer bytes) {
        var target = feed;
        if (over || target == null) {
            return;
        }
        stamp();
        try {
            target.accept(bytes);
        } catch (ProtocolException e) {
            end(e);
        } catch (RuntimeException e) {
            end(EndReason.TASK_FAILED, Failures.describe(e));
        }
    }

    private void end(ProtocolException why) {
        members.forEach(member -> member.backsOff(why));
        end(why.reason(), String.valueOf(why.getMessage()));
    }

    private void stamp() {
        readNanoTime = clock.nanoTime();
        readNanos = clock.epochNanos();
    }

    @Override
    public void ended(EndReason reason, String detail) {
        end(reason, detail);
    }

    /** Ends it, and every member that is left. */
    void end(EndReason reason, String detail) {
        if (over) {
            return;
        }
        over = true;
        all.remove(this);
        var connection = dialled;
        if (connection != null) {
            connection.close();
        }
        var left = List.copyOf(members);
        var why = reason;
        var words = detail;
        var conversation = session;
        var rest = feed;
        if (conversation != null && rest != null) {
            try {
                conversation.onEnd(rest.restBytes());
            } catch (RuntimeException | Error e) {
                why = EndReason.TASK_FAILED;
                words = Failures.describe(e);
            } finally {
                rest.forget();
            }
        }
        members.clear();
        for (var member : left) {
            member.ended(why, words);
        }
    }
}
