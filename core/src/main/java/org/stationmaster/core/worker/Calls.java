package org.stationmaster.core.worker;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.DialIn.Greeting;
import org.stationmaster.core.api.DialIn.Refusal;
import org.stationmaster.core.api.Listen;
import org.stationmaster.core.api.MachineView;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceId;

/**
 * Who waits for a call, and who has one: where the listener's loop and those of the workers meet, one a machine. Asked once for
 * each greeting, each dial and each end. Its lock is a leaf: nothing but these maps is touched inside it.
 */
public final class Calls {
    private static final Refusal[] REFUSALS = Refusal.values();

    private final Map<String, Listen> listens = new HashMap<>();
    private final Map<Name, Seat> seats = new HashMap<>();
    private final LongAdder taken = new LongAdder();
    private final AtomicLongArray refused = new AtomicLongArray(REFUSALS.length);

    /** Protocols have names of their own. */
    private record Name(String protocol, String name) {}

    /** A source that has a slot: from its first dial until its activation is over. Guarded by the lock. */
    private static final class Seat {
        private final Source source;
        private @Nullable CalledConnection waiting;
        private @Nullable CalledConnection connected;
        /** Greeted, and not taken yet: the source's last connection ends, or rests. */
        private @Nullable Caller kept;

        private Seat(Source source) {
            this.source = source;
        }
    }

    /** @throws IllegalArgumentException two listeners of a protocol */
    public Calls(List<Listen> listens) {
        for (var listen : listens) {
            if (this.listens.put(listen.protocol(), listen) != null) {
                throw new IllegalArgumentException("two listeners for " + listen.protocol() + ": one a protocol");
            }
        }
    }

    private @Nullable Name name(Source source) {
        var listen = listens.get(source.protocol());
        return listen == null
                ? null
                : new Name(source.protocol(), listen.dialIn().name(source));
    }

    boolean isSecured(Source source) {
        var listen = listens.get(source.protocol());
        return listen != null && listen.tls() != null;
    }

    // ---- on the loop of the worker whose slot has the source

    /** Waits for a call, or takes the one that is kept. Returns why it cannot; empty when it can. */
    String dial(CalledConnection connection) {
        var source = connection.source;
        var name = name(source);
        if (name == null) {
            return "nothing listens for " + source.protocol()
                    + ": add 'listen' to machine.yaml, with workers that are threads";
        }
        Caller caller;
        synchronized (this) {
            var seat = seats.computeIfAbsent(name, _ -> new Seat(source));
            if (!seat.source.equals(source)) {
                return seat.source.id() + " is called by the name '" + name.name()
                        + "' already: one of them must have another";
            }
            caller = seat.kept;
            if (caller == null) {
                seat.waiting = connection;
            } else {
                seat.kept = null;
                seat.connected = connection;
            }
        }
        if (caller != null) {
            caller.moveSoon(connection);
        }
        return "";
    }

    /** Whether its last dial has found no call so far. */
    boolean isWaiting(Source source) {
        var name = name(source);
        synchronized (this) {
            var seat = name == null ? null : seats.get(name);
            return seat == null || seat.connected == null;
        }
    }

    /** That connection waits no more, or has ended. */
    void ended(CalledConnection connection) {
        var name = name(connection.source);
        synchronized (this) {
            var seat = name == null ? null : seats.get(name);
            if (seat != null && seat.waiting == connection) {
                seat.waiting = null;
            } else if (seat != null && seat.connected == connection) {
                seat.connected = null;
            }
        }
    }

    /** The activation is over. */
    void forget(Source source) {
        var name = name(source);
        Caller caller = null;
        synchronized (this) {
            var seat = name == null ? null : seats.get(name);
            if (name != null && seat != null && seat.source.equals(source)) {
                seats.remove(name);
                caller = seat.kept;
                seat.kept = null;
            }
        }
        if (caller != null) {
            caller.refuseSoon(Refusal.UNWANTED);
        }
    }

    // ---- on the listener's loop

    /** What became of a greeting. */
    sealed interface Outcome {
        /** The caller is on its way to a worker. */
        record Taken() implements Outcome {}

        /** It will be taken when the slot dials again, or refused by the time. */
        record Kept() implements Outcome {}

        /** @param source null: a stranger */
        record Refused(Refusal why, @Nullable SourceId source) implements Outcome {}
    }

    Outcome offer(Listen listen, Greeting greeting, Caller caller) {
        CalledConnection waiting;
        CalledConnection before;
        Caller older;
        synchronized (this) {
            var seat = seats.get(new Name(listen.protocol(), greeting.name()));
            if (seat == null) {
                return new Outcome.Refused(Refusal.UNKNOWN, null);
            }
            if (!greeting.isFrom(seat.source)) {
                return new Outcome.Refused(Refusal.LOGIN, seat.source.id());
            }
            waiting = seat.waiting;
            before = seat.connected;
            older = seat.kept;
            if (waiting != null) {
                seat.waiting = null;
                seat.connected = waiting;
            } else if (before != null && !listen.secondReplaces()) {
                return new Outcome.Refused(Refusal.SECOND, seat.source.id());
            } else {
                seat.kept = caller;
            }
        }
        if (waiting != null) {
            caller.moveSoon(waiting);
            return new Outcome.Taken();
        }
        if (older != null) {
            older.refuseSoon(Refusal.UNWANTED);
        }
        if (before != null) {
            before.replace();
        }
        return new Outcome.Kept();
    }

    /** Whether the caller, which greeted by that name, was kept, and is no more: then nobody takes it. */
    synchronized boolean letGo(Listen listen, String name, Caller caller) {
        var seat = seats.get(new Name(listen.protocol(), name));
        if (seat == null || seat.kept != caller) {
            return false;
        }
        seat.kept = null;
        return true;
    }

    /** Whether a source that has a slot is called by that name. */
    synchronized boolean isKnown(Listen listen, String name) {
        return seats.containsKey(new Name(listen.protocol(), name));
    }

    // ---- any thread

    void taken() {
        taken.increment();
    }

    void refused(Refusal why) {
        refused.incrementAndGet(why.ordinal());
    }

    /** What was counted since the start. */
    public MachineView.Calls counted() {
        if (listens.isEmpty()) {
            return new MachineView.Calls(0, Map.of());
        }
        var counts = new EnumMap<Refusal, Long>(Refusal.class);
        for (var why : REFUSALS) {
            counts.put(why, refused.get(why.ordinal()));
        }
        return new MachineView.Calls(taken.sum(), counts);
    }
}
