package org.stationmaster.core.machine;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.DialIn.Greeting;
import org.stationmaster.core.api.Listen;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.core.state.Observed;
import org.stationmaster.core.worker.Calls;
import org.stationmaster.core.worker.WorkerReport;

/**
 * The supervisor's book of the sources whose stations call in at worker processes: by which names they are called, and which
 * calls wait until their source has left the slot that it had.
 */
final class CallBook {
    private static final LinkedHashSet<SourceId> NOBODY = new LinkedHashSet<>(0);

    private final Map<String, Listen> listens = new HashMap<>();
    private final Function<SlotId, Optional<Observed>> rows;
    /** Of a name the eldest that is wanted is meant. */
    private final Map<Name, LinkedHashSet<SourceId>> named = new HashMap<>();
    /** At most one a source. */
    private final Map<SourceId, Call> calls = new HashMap<>();

    private boolean closed;

    private record Name(String protocol, String name) {}

    /** @param name by which its source is called */
    record Call(WorkerId worker, long number, String name, long atNanos) {}

    /** Whom a call means, and what it brought as a secret. */
    record Meant(SourceId source, String name, Greeting greeting) {}

    /**
     * @param listens where worker processes listen; empty: nowhere
     * @param rows what a slot was last seen to do
     */
    CallBook(List<Listen> listens, Function<SlotId, Optional<Observed>> rows) {
        listens.forEach(listen -> this.listens.put(listen.protocol(), listen));
        this.rows = rows;
    }

    /** Nobody listens. */
    static CallBook empty() {
        return new CallBook(List.of(), _ -> Optional.empty());
    }

    /** Whether the source has a slot only where, and while, it is called. */
    boolean meets(Source source) {
        return source.isDialIn() && listens.containsKey(source.protocol());
    }

    /** Whether a call elsewhere is to be refused: the slot has a call, or one on its way, and no other may replace it. */
    boolean isTaken(Source source, SlotId slot, long epoch) {
        var listen = listens.get(source.protocol());
        return listen != null
                && !listen.secondReplaces()
                && rows.apply(slot)
                        .filter(row -> row.epoch() == epoch && row.state() == SlotState.BACKOFF)
                        .isEmpty();
    }

    /** A source is known now, or is another. */
    void know(@Nullable Source before, Source now) {
        if (before != null && !before.equals(now)) {
            unname(before);
        }
        if (meets(now)) {
            named.computeIfAbsent(name(now), _ -> new LinkedHashSet<>()).add(now.id());
        }
    }

    /** A source is known no more; a call that waits for it ends by its time. */
    void forget(Source source) {
        unname(source);
        calls.remove(source.id());
    }

    private void unname(Source source) {
        var name = meets(source) ? name(source) : null;
        var ids = name == null ? null : named.get(name);
        if (ids != null && ids.remove(source.id()) && ids.isEmpty()) {
            named.remove(name);
        }
    }

    private Name name(Source source) {
        var listen = requireNonNull(listens.get(source.protocol()));
        return new Name(source.protocol(), listen.dialIn().name(source));
    }

    /**
     * Who is meant; null: a stranger.
     *
     * @param wanted whether a source is to be alive
     */
    @Nullable
    Meant meant(WorkerReport.Called called, Predicate<SourceId> wanted) {
        var listen = listens.get(called.protocol());
        if (listen == null || closed) {
            return null;
        }
        if (listen.byCertificate()) {
            return called.names().stream()
                    .map(name -> meant(listen, () -> name, wanted))
                    .filter(Objects::nonNull)
                    .findFirst()
                    .orElse(null);
        }
        try {
            var greeting = listen.dialIn().read(ByteBuffer.wrap(called.greeting()));
            return greeting == null ? null : meant(listen, greeting, wanted);
        } catch (ProtocolException e) {
            return null; // its worker has read it as a greeting: both are of the same class
        }
    }

    private @Nullable Meant meant(Listen listen, Greeting greeting, Predicate<SourceId> wanted) {
        var ids = named.getOrDefault(new Name(listen.protocol(), greeting.name()), NOBODY);
        return ids.stream()
                .filter(wanted)
                .findFirst()
                .map(id -> new Meant(id, greeting.name(), greeting))
                .orElse(null);
    }

    /** Keeps a call for a source; returns the one before it. */
    @Nullable
    Call keep(SourceId source, Call call) {
        return calls.put(source, call);
    }

    /** The call that waits for the source, once; null when there is none, or it has hung up long ago. */
    @Nullable
    Call take(SourceId source, long nowNanos) {
        var call = calls.remove(source);
        return call != null && nowNanos - call.atNanos() <= Calls.PATIENCE_NANOS ? call : null;
    }

    /** The calls that came in at a worker process are gone with it. */
    void lost(WorkerId worker) {
        calls.values().removeIf(call -> call.worker().equals(worker));
    }

    /** All callers are strangers from now on; false: nobody listens for any. */
    boolean close() {
        closed = true;
        calls.clear();
        return !listens.isEmpty();
    }
}
