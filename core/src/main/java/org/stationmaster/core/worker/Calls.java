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
 * Who waits for a call, and who has one: where the listener's loop and those of the workers meet, one a process. Asked once for
 * each greeting, each dial and each end. Its lock is a leaf: nothing but these maps is touched inside it.
 *
 * <p>In a worker process a call for a source that has no slot there is the machine's to judge: it is asked, and gives the source a
 * slot that takes the call, or refuses it.
 */
public final class Calls {
    /** How long a caller may take to greet, with TLS; and how long one that has greeted waits to be taken. */
    public static final long PATIENCE_NANOS = 5_000_000_000L;

    private static final Refusal[] REFUSALS = Refusal.values();

    private final Map<String, Listen> listens = new HashMap<>();
    private final Map<Name, Seat> seats = new HashMap<>();
    /** Null: there is nobody to ask. */
    private final @Nullable Machine machine;

    /** Calls of which the machine has been asked, by number. Guarded by the lock, as what follows. */
    private final Map<Long, Caller> asked = new HashMap<>();

    /** Calls for which a slot is on its way. */
    private final Map<Name, Caller> granted = new HashMap<>();

    private long lastCall;

    private final LongAdder taken = new LongAdder();
    private final AtomicLongArray refused = new AtomicLongArray(REFUSALS.length);

    /** Protocols have names of their own. */
    private record Name(String protocol, String name) {}

    /** Who knows the sources that have no slot here. Called with no lock held; answers with {@link #take} or {@link #refuse}. */
    interface Machine {
        void ask(long call, String protocol, byte[] greeting, List<String> names);
    }

    /** A source that has a slot: from its first dial until its activation is over. Guarded by the lock. */
    private static final class Seat {
        private final Source source;
        private @Nullable CalledConnection waiting;
        private @Nullable CalledConnection connected;
        /** Greeted, and not taken yet: the source's last connection ends, or rests. */
        private @Nullable Caller kept;
        /** Nobody is taken. */
        private boolean paused;

        private Seat(Source source) {
            this.source = source;
        }
    }

    /** @throws IllegalArgumentException two listeners of a protocol */
    public Calls(List<Listen> listens) {
        this(listens, null);
    }

    Calls(List<Listen> listens, @Nullable Machine machine) {
        this.machine = machine;
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

    /** Whether calls for the source are the machine's to judge, so that its slot need not wait for one. */
    boolean asksFor(Source source) {
        return machine != null && listens.containsKey(source.protocol());
    }

    // ---- on the loop of the worker whose slot has the source

    /** The source has a slot. Paused, its calls are refused, also the one that is kept. */
    void expect(Source source, boolean paused) {
        var name = name(source);
        Caller caller = null;
        synchronized (this) {
            var seat = name == null ? null : seats.computeIfAbsent(name, _ -> new Seat(source));
            if (seat != null && seat.source.equals(source)) {
                seat.paused = paused;
                if (paused) {
                    caller = seat.kept;
                    seat.kept = null;
                }
            }
        }
        if (caller != null) {
            caller.refuseSoon(Refusal.PAUSED, source.id());
        }
    }

    /** Waits for a call, or takes the one that is kept. Returns why it cannot; empty when it can. */
    String dial(CalledConnection connection) {
        var source = connection.source;
        var name = name(source);
        if (name == null) {
            return "nothing listens for " + source.protocol() + ": add 'listen' to machine.yaml";
        }
        Caller caller;
        Caller older = null;
        synchronized (this) {
            var seat = seats.computeIfAbsent(name, _ -> new Seat(source));
            if (!seat.source.equals(source)) {
                return seat.source.id() + " is called by the name '" + name.name()
                        + "' already: one of them must have another";
            }
            var given = granted.remove(name);
            if (seat.kept == null) {
                seat.kept = given;
            } else {
                older = given; // what is kept came behind it
            }
            caller = seat.kept;
            if (caller == null) {
                seat.waiting = connection;
            } else {
                seat.kept = null;
                seat.connected = connection;
            }
        }
        if (older != null) {
            older.refuseSoon(Refusal.UNWANTED, source.id());
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
            caller.refuseSoon(Refusal.UNWANTED, source.id());
        }
    }

    // ---- what the machine answers; any thread

    /** The call is for the source of that name: its slot takes it. A call that has gone meanwhile is nobody's. */
    void take(long call, String name) {
        Caller caller;
        Caller older = null;
        Turn turn = null;
        synchronized (this) {
            caller = asked.remove(call);
            if (caller == null) {
                return;
            }
            caller.isFor(name);
            var key = new Name(caller.listen().protocol(), name);
            var seat = seats.get(key);
            if (seat == null) {
                older = granted.put(key, caller);
            } else {
                turn = give(seat, caller);
            }
        }
        if (older != null) {
            older.refuseSoon(Refusal.UNWANTED, null);
        }
        if (turn != null && follow(turn, caller) instanceof Outcome.Refused(var why, var source)) {
            caller.refuseSoon(why, source);
        }
    }

    void refuse(long call, Refusal why, @Nullable SourceId source) {
        Caller caller;
        synchronized (this) {
            caller = asked.remove(call);
        }
        if (caller != null) {
            caller.refuseSoon(why, source);
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
        Turn turn;
        synchronized (this) {
            var seat = seats.get(new Name(listen.protocol(), greeting.name()));
            if (seat == null) {
                turn = null;
            } else if (!greeting.isFrom(seat.source)) {
                return new Outcome.Refused(Refusal.LOGIN, seat.source.id());
            } else {
                turn = give(seat, caller);
            }
        }
        if (turn != null) {
            return follow(turn, caller);
        }
        var names =
                listen.byCertificate() ? List.of(greeting.name()) : List.<String>of(); // its slot has gone this moment
        return ask(caller, names) ? new Outcome.Kept() : new Outcome.Refused(Refusal.UNKNOWN, null);
    }

    /** Asks the machine whose call it is; false when there is nobody to ask. */
    boolean ask(Caller caller, List<String> names) {
        var whom = machine;
        if (whom == null) {
            return false;
        }
        long call;
        synchronized (this) {
            call = ++lastCall;
            asked.put(call, caller);
        }
        whom.ask(call, caller.listen().protocol(), caller.greetingBytes(), names);
        return true;
    }

    /** What is to be done about a call, once the lock is given back. */
    private record Turn(
            Outcome outcome,
            SourceId source,
            @Nullable CalledConnection waiting,
            @Nullable CalledConnection before,
            @Nullable Caller older) {
        static Turn refused(Refusal why, SourceId source) {
            return new Turn(new Outcome.Refused(why, source), source, null, null, null);
        }
    }

    /** A call that is for the source. Under the lock. */
    private static Turn give(Seat seat, Caller caller) {
        var source = seat.source.id();
        var waiting = seat.waiting;
        var before = seat.connected;
        var older = seat.kept;
        if (seat.paused) {
            return Turn.refused(Refusal.PAUSED, source);
        }
        if (waiting != null) {
            seat.waiting = null;
            seat.connected = waiting;
            return new Turn(new Outcome.Taken(), source, waiting, null, null);
        }
        if (before != null && !caller.listen().secondReplaces()) {
            return Turn.refused(Refusal.SECOND, source);
        }
        seat.kept = caller;
        return new Turn(new Outcome.Kept(), source, null, before, older);
    }

    private static Outcome follow(Turn turn, Caller caller) {
        if (turn.waiting() != null) {
            caller.moveSoon(turn.waiting());
        }
        if (turn.older() != null) {
            turn.older().refuseSoon(Refusal.UNWANTED, turn.source());
        }
        if (turn.before() != null) {
            turn.before().replace();
        }
        return turn.outcome();
    }

    /** Whether the caller, which greeted by that name, was kept, and is no more: then nobody takes it. */
    synchronized boolean letGo(Listen listen, String name, Caller caller) {
        if (asked.values().remove(caller) || granted.values().remove(caller)) {
            return true;
        }
        var seat = seats.get(new Name(listen.protocol(), name));
        if (seat == null || seat.kept != caller) {
            return false;
        }
        seat.kept = null;
        return true;
    }

    /** Whether a source that has a slot here is called by that name. */
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
            return MachineView.Calls.NONE;
        }
        var counts = new EnumMap<Refusal, Long>(Refusal.class);
        for (var why : REFUSALS) {
            counts.put(why, refused.get(why.ordinal()));
        }
        return new MachineView.Calls(taken.sum(), counts);
    }
}
