package org.stationmaster.core.machine;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.DialIn.Greeting;
import org.stationmaster.core.api.Listen;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.core.worker.WorkerReport;

/**
 * The supervisor's book of the sources whose stations call in at worker processes: by which names they are called, and which
 * calls wait until their source has left the slot that it had.
 */
final class CallBook {
    private final Map<String, Listen> listens = new HashMap<>();
    /** The eldest of a name is meant. */
    private final Map<Name, LinkedHashSet<SourceId>> named = new HashMap<>();
    /** At most one a source. */
    private final Map<SourceId, Call> calls = new HashMap<>();

    private boolean closed;

    private record Name(String protocol, String name) {}

    /** @param name by which its source is called */
    record Call(WorkerId worker, long number, String name) {}

    /** Whom a call means, and what it brought as a secret. */
    record Meant(SourceId source, String name, Greeting greeting) {}

    /** @param listens where worker processes listen; empty: nowhere */
    CallBook(List<Listen> listens) {
        listens.forEach(listen -> this.listens.put(listen.protocol(), listen));
    }

    /** Whether the source has a slot only where, and while, it is called. */
    boolean meets(Source source) {
        return source.isDialIn() && listens.containsKey(source.protocol());
    }

    boolean secondReplaces(Source source) {
        var listen = listens.get(source.protocol());
        return listen == null || listen.secondReplaces();
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

    /** Who is meant; null: a stranger. */
    @Nullable
    Meant meant(WorkerReport.Called called) {
        var listen = listens.get(called.protocol());
        if (listen == null || closed) {
            return null;
        }
        if (listen.byCertificate()) {
            return called.names().stream()
                    .map(name -> meant(listen, () -> name))
                    .filter(Objects::nonNull)
                    .findFirst()
                    .orElse(null);
        }
        try {
            var greeting = listen.dialIn().read(ByteBuffer.wrap(called.greeting()));
            return greeting == null ? null : meant(listen, greeting);
        } catch (ProtocolException e) {
            return null; // its worker has read it as a greeting: both are of the same class
        }
    }

    private @Nullable Meant meant(Listen listen, Greeting greeting) {
        var ids = named.get(new Name(listen.protocol(), greeting.name()));
        return ids == null ? null : new Meant(ids.getFirst(), greeting.name(), greeting);
    }

    /** Keeps a call for a source; returns the one before it. */
    @Nullable
    Call keep(SourceId source, Call call) {
        return calls.put(source, call);
    }

    /** The call that waits for the source, once. */
    @Nullable
    Call take(SourceId source) {
        return calls.remove(source);
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
