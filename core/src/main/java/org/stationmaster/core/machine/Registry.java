package org.stationmaster.core.machine;

import static java.util.Objects.requireNonNull;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.Answer;
import org.stationmaster.core.api.DialIn.Greeting;
import org.stationmaster.core.api.DialIn.Refusal;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.Filter;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.core.machine.Entry.Want;
import org.stationmaster.core.sizing.Capacity;
import org.stationmaster.core.state.Desired;
import org.stationmaster.core.state.DesiredWriter;
import org.stationmaster.core.worker.WorkerCommand;
import org.stationmaster.core.worker.WorkerReport;

/**
 * What should be: every known source, its slot, who waits. Changed by the supervisor's thread alone; {@link #find},
 * {@link #after} and {@link #isMoving} may be called by any thread.
 *
 * <p>A slot goes to another source only when its worker has reported it idle; a source that comes back while its old
 * slot is stopping gets that very slot again. So one id is one task, whatever the interleaving.
 */
final class Registry {
    private static final Logger LOG = LoggerFactory.getLogger("org.stationmaster.machine");

    static final String NO_SLOT = "no slot is idle";

    /** How many of those that wait are asked when room comes: one that is too dear for it does not stop those behind it. */
    private static final int ASKED = 64;

    /** A share of a processor that is a rounding error. */
    private static final double NOTHING = 1e-9;

    private volatile Filter filter;
    private final Capacity capacity;
    private final List<WorkerBook> workers;
    private final DesiredWriter table;
    private final Epochs epochs = new Epochs();
    private final ConcurrentNavigableMap<SourceId, Entry> entries = new ConcurrentSkipListMap<>();
    private final WaitingLine waiting = new WaitingLine();
    private final HeadroomCount headroom;
    private final KeyBook keys;
    private final CallBook calls;

    Registry(Filter filter, Capacity capacity, List<WorkerBook> workers, DesiredWriter table) {
        this(filter, capacity, workers, table, source -> null, CallBook.empty());
    }

    /**
     * @param keyOf sources with the same key are kept in one worker while it has an idle slot
     * @param calls who has a slot only where its station calls in
     */
    Registry(
            Filter filter,
            Capacity capacity,
            List<WorkerBook> workers,
            DesiredWriter table,
            Function<Source, @Nullable String> keyOf,
            CallBook calls) {
        this.calls = calls;
        this.keys = new KeyBook(keyOf);
        this.headroom = new HeadroomCount(capacity, workers, table);
        this.filter = filter;
        this.capacity = capacity;
        this.workers = workers;
        this.table = table;
    }

    Answer activate(Source source, long wallMillis, long nowNanos) {
        return activate(source, false, wallMillis, nowNanos);
    }

    /** @param rests whether a source that was not known comes paused */
    Answer activate(Source source, boolean rests, long wallMillis, long nowNanos) {
        var id = source.id();
        var known = entries.get(id);
        calls.know(known == null ? null : known.source(), source);
        if (!filter.accepts(source)) {
            return filtered(source, rests, known);
        }
        if (known == null) {
            return admit(Entry.of(source, Want.RUN).paused(rests), wallMillis, nowNanos);
        }
        var slot = known.slot();
        if (slot == null) {
            return admit(known.with(source).with(Want.RUN), wallMillis, nowNanos);
        }
        keys.change(known.source(), source);
        if (known.want() == Want.RUN && known.source().equals(source)) {
            return new Answer.AlreadyAssigned(slot, known.epoch());
        }
        if (known.want() == Want.MOVE) {
            entries.put(id, known.with(source)); // it is woken with what is known of it then
            return new Answer.AlreadyAssigned(slot, known.epoch());
        }
        var book = book(slot);
        if (book.isClosed() && known.want() != Want.RUN) { // its slot may be the last that the worker waits for
            entries.put(id, known.with(source).with(Want.MOVE).paused(known.want() != Want.GONE && known.paused()));
            return new Answer.AlreadyAssigned(slot, known.epoch());
        }
        if (known.want() == Want.RUN) {
            book.charge(-capacity.charge(known.source()));
        }
        book.charge(capacity.charge(source));
        boolean paused = known.want() != Want.GONE && known.paused();
        return wake(known.with(source).with(Want.RUN).paused(paused), slot, wallMillis, nowNanos);
    }

    /** Takes other sources from now on. */
    void filter(Filter next, long wallMillis, long nowNanos) {
        filter = next;
        for (var entry : entries.values()) {
            boolean isOut = entry.want() == Want.FILTERED;
            if (entry.want() != Want.GONE && next.accepts(entry.source()) == isOut) {
                var _ = activate(entry.source(), wallMillis, nowNanos);
            }
        }
    }

    private Answer filtered(Source source, boolean rests, @Nullable Entry known) {
        var entry = known == null
                ? Entry.of(source, Want.FILTERED).paused(rests)
                : known.with(source).with(Want.FILTERED);
        if (known != null && known.slot() != null && known.want() == Want.RUN) {
            vacate(known, known.slot(), false);
        }
        waiting.remove(source.id());
        entries.put(source.id(), entry);
        return new Answer.Refused(whyFiltered(source));
    }

    /** Why a source that the filter does not accept is not taken. */
    static String whyFiltered(Source source) {
        return source.enabled() ? "the machine takes none of its groups" : "it is not enabled";
    }

    /** Places a newcomer, unless all workers with an idle slot have been given as much as they may. */
    private Answer admit(Entry entry, long wallMillis, long nowNanos) {
        if (calls.meets(entry.source())) {
            return place(entry, wallMillis, nowNanos);
        }
        var least = Placement.choose(workers);
        if (least == null) {
            return await(entry, NO_SLOT, wallMillis);
        }
        double charge = capacity.charge(entry.source());
        if (fits(least, charge)) {
            return put(entry, besideOthers(entry, charge).orElse(least), wallMillis, nowNanos);
        }
        // one that holds more may have been measured to take less
        return workers.stream()
                .filter(worker -> worker.idleSlots() > 0 && fits(worker, charge))
                .findFirst()
                .map(worker -> put(entry, worker, wallMillis, nowNanos))
                .orElseGet(() -> await(entry, overLimit(entry.source(), charge), wallMillis));
    }

    private boolean fits(WorkerBook worker, double charge) {
        return worker.committed() + charge <= capacity.ceiling();
    }

    /** What the workers took lately, by index; those that wait get the room that there is by it. */
    void measured(List<CpuWatch.Window> windows, long wallMillis, long nowNanos) {
        for (int i = 0; i < windows.size(); i++) {
            workers.get(i).measured(windows.get(i).excess());
        }
        placeWaiting(wallMillis, nowNanos);
    }

    private String overLimit(Source source, double charge) {
        double processor = capacity.usableCpu(source) / capacity.limit();
        double left = workers.stream()
                .filter(worker -> worker.idleSlots() > 0)
                .mapToDouble(worker -> capacity.limit() - worker.committed())
                .max()
                .orElse(0);
        return (charge > capacity.limit()
                        ? "it alone is more than a worker may be given: "
                        : "no worker has room for it: ")
                + capacity.limitFor(source) + "; it needs " + percent(charge * processor) + ", the emptiest worker has "
                + percent(Math.max(0, left) * processor) + " left";
    }

    /** A share of a processor, to two digits: a source takes little of it. */
    private static String percent(double share) {
        return (share < NOTHING
                        ? "0"
                        : BigDecimal.valueOf(100 * share)
                                .round(new MathContext(2))
                                .stripTrailingZeros()
                                .toPlainString())
                + " %";
    }

    /** Gives an entry without a slot the best idle one, whatever its worker has been given, or lets it wait. */
    private Answer place(Entry entry, long wallMillis, long nowNanos) {
        if (calls.meets(entry.source())) {
            return meet(entry, wallMillis, nowNanos);
        }
        var least = Placement.choose(workers);
        return least == null
                ? await(entry, NO_SLOT, wallMillis)
                : put(entry, besideOthers(entry, Double.NEGATIVE_INFINITY).orElse(least), wallMillis, nowNanos);
    }

    private Answer put(Entry entry, WorkerBook chosen, long wallMillis, long nowNanos) {
        waiting.remove(entry.source().id());
        keys.add(entry.source());
        var slot = chosen.take(capacity.charge(entry.source()));
        return wake(entry, slot, wallMillis, nowNanos);
    }

    // ---- stations that call in at worker processes

    /** Gives an entry without a slot one in the worker where its station has called, or lets it wait until it does. */
    private Answer meet(Entry entry, long wallMillis, long nowNanos) {
        var id = entry.source().id();
        waiting.remove(id);
        var call = calls.take(id, nowNanos);
        if (call != null) {
            var why = entry.paused() ? Refusal.PAUSED : hasRoom(call.worker(), entry) ? null : Refusal.NO_SLOT;
            if (why == null) {
                book(call.worker()).tell(new WorkerCommand.TakeCall(call.number(), call.name()));
                var slot = book(call.worker()).take(capacity.charge(entry.source()));
                return wake(entry, slot, wallMillis, nowNanos);
            }
            refuse(call, why, id);
        }
        entries.put(id, entry.awaitsCall(epochs.next(entry.epoch(), wallMillis)));
        return new Answer.NotCalled();
    }

    private boolean hasRoom(WorkerId worker, Entry entry) {
        var book = book(worker);
        return book.idleSlots() > 0 && fits(book, capacity.charge(entry.source()));
    }

    /**
     * A station has called at a worker, where its source has no slot. The source is given one there: at once, or when the one
     * that it has elsewhere is idle, its last call read to the end.
     */
    void called(WorkerReport.Called called, long wallMillis, long nowNanos) {
        var meant = calls.meant(called, this::isWanted);
        var entry = meant == null ? null : entries.get(meant.source());
        var call = new CallBook.Call(called.worker(), called.call(), meant == null ? "" : meant.name(), nowNanos);
        if (meant == null || entry == null) {
            refuse(call, Refusal.UNKNOWN, null);
            return;
        }
        var why = whyNot(entry, meant.greeting(), call.worker());
        if (why != null) {
            refuse(call, why, meant.source());
            return;
        }
        var older = calls.keep(meant.source(), call);
        if (older != null) {
            refuse(older, Refusal.UNWANTED, meant.source());
        }
        var slot = entry.slot();
        if (slot == null) {
            var _ = meet(entry, wallMillis, nowNanos);
        } else if (entry.want() == Want.RUN && slot.worker().equals(call.worker())) {
            // its slot is on its way there, or is given back: this call is for the one or for the next
            book(slot).tell(new WorkerCommand.TakeCall(call.number(), call.name()));
        } else if (entry.want() == Want.RUN) {
            move(entry);
        }
    }

    private boolean isWanted(SourceId id) {
        var entry = entries.get(id);
        return entry != null && (entry.want() == Want.RUN || entry.want() == Want.MOVE);
    }

    /** Why a call is not taken; null when it is. What would end one connection must have room for the other. */
    private @Nullable Refusal whyNot(Entry entry, Greeting greeting, WorkerId at) {
        var slot = entry.slot();
        if (!greeting.isFrom(entry.source())) {
            return Refusal.LOGIN;
        }
        if (entry.paused()) {
            return Refusal.PAUSED;
        }
        if (slot != null && slot.worker().equals(at)) {
            return null;
        }
        if (slot != null && entry.want() == Want.RUN && calls.isTaken(entry.source(), slot, entry.epoch())) {
            return Refusal.SECOND;
        }
        return hasRoom(at, entry) ? null : Refusal.NO_SLOT;
    }

    private void refuse(CallBook.Call call, Refusal why, @Nullable SourceId source) {
        book(call.worker()).tell(new WorkerCommand.RefuseCall(call.number(), why, source));
    }

    // ---- who waits for a slot

    private Answer await(Entry entry, String why, long wallMillis) {
        var id = entry.source().id();
        entries.put(id, entry.waits(why));
        if (waiting.add(id, why, wallMillis)) {
            LOG.warn("{}: {} waits, and so will those that follow", why, id);
        }
        return new Answer.NoIdleSlot(why);
    }

    /** The worker that holds others with its key, when it has an idle slot and may be given so much more. */
    private Optional<WorkerBook> besideOthers(Entry entry, double charge) {
        return Optional.ofNullable(keys.besideOthers(entry.source(), entries::get))
                .map(this::book)
                .filter(worker -> worker.idleSlots() > 0 && fits(worker, charge));
    }

    private Answer wake(Entry entry, SlotId slot, long wallMillis, long nowNanos) {
        var id = entry.source().id();
        long epoch = epochs.next(entry.epoch(), wallMillis);
        entries.put(id, entry.in(slot, epoch));
        book(slot).hold(slot, id);
        table.write(slot, new Desired(id, epoch, entry.paused()));
        book(slot).tell(new WorkerCommand.Activate(slot.index(), entry.source(), epoch, entry.paused(), nowNanos));
        return new Answer.Assigned(slot, epoch);
    }

    boolean release(SourceId id, boolean atOnce, long wallMillis) {
        var known = entries.get(id);
        if (known == null || (known.want() == Want.GONE && !atOnce)) {
            return false;
        }
        var slot = known.slot();
        if (slot == null) {
            forget(known, wallMillis);
        } else {
            vacate(known, slot, atOnce);
            entries.put(id, known.with(Want.GONE));
        }
        return true;
    }

    private void vacate(Entry known, SlotId slot, boolean atOnce) {
        if (known.want() == Want.RUN) {
            book(slot).charge(-capacity.charge(known.source()));
        }
        table.write(slot, new Desired(null, known.epoch(), false));
        book(slot).tell(new WorkerCommand.Release(slot.index(), known.epoch(), atOnce));
    }

    private void forget(Entry known, long wallMillis) {
        calls.forget(known.source());
        waiting.remove(known.source().id());
        epochs.forget(known.epoch(), wallMillis);
        entries.remove(known.source().id());
        keys.remove(known.source());
    }

    boolean pause(SourceId id, boolean paused) {
        var known = entries.get(id);
        if (known == null || known.want() == Want.GONE) {
            return false;
        }
        var slot = known.slot();
        entries.put(id, known.paused(paused));
        if (slot != null && known.want() == Want.RUN && known.paused() != paused) {
            table.write(slot, new Desired(id, known.epoch(), paused));
            book(slot).tell(new WorkerCommand.Pause(slot.index(), known.epoch(), paused));
        }
        return true;
    }

    /**
     * A worker has reported a slot idle: its source is forgotten or waits, and the slot goes to who waits longest. It may have
     * given it back by itself, when the call for which it had the slot was over.
     */
    void idle(SlotId slot, long epoch, long wallMillis, long nowNanos) {
        var id = book(slot).holder(slot);
        var known = id == null ? null : entries.get(id);
        if (id == null || known == null || known.epoch() != epoch) {
            return; // the slot has been given a newer epoch meanwhile
        }
        if (known.want() == Want.RUN) {
            book(slot).charge(-capacity.charge(known.source()));
            table.write(slot, new Desired(null, epoch, false));
        }
        book(slot).giveBack(slot);
        switch (known.want()) {
            case GONE -> forget(known, wallMillis);
            case MOVE, RUN -> {
                var _ = place(known.withoutSlot().with(Want.RUN), wallMillis, nowNanos);
            }
            case FILTERED -> entries.put(id, known.withoutSlot());
        }
        placeWaiting(wallMillis, nowNanos);
    }

    private void placeWaiting(long wallMillis, long nowNanos) {
        for (var asked = waiting.first(ASKED); !asked.isEmpty(); asked = waiting.first(ASKED)) {
            boolean allPlaced = true;
            for (var id : asked) {
                if (Placement.choose(workers) == null) {
                    return;
                }
                var entry = entries.get(id);
                if (entry == null) {
                    waiting.remove(id);
                } else if (admit(entry, wallMillis, nowNanos) instanceof Answer.NoIdleSlot) {
                    allPlaced = false;
                    letOthersPass(entry.source());
                }
            }
            if (!allPlaced) {
                return;
            }
        }
    }

    /** What never fits waits behind those that may. */
    private void letOthersPass(Source source) {
        if (capacity.charge(source) > capacity.limit()) {
            waiting.toEnd(source.id());
        }
    }

    /** A worker is up, with nothing but idle slots. */
    void up(WorkerId worker, long incarnation, long wallMillis, long nowNanos) {
        workers.get(worker.index()).up(incarnation);
        calls.lost(worker); // those of the process before: this one numbers its own
        placeWaiting(wallMillis, nowNanos);
    }

    /**
     * A worker is gone, and nothing it held is written any longer. Its sources are woken at once in idle slots elsewhere, as
     * far as there are any; those of the others are not touched.
     *
     * @return how many sources were woken elsewhere, and how many wait
     */
    Moved lost(WorkerId worker, String why, long wallMillis, long nowNanos) {
        var book = book(worker);
        var orphans = book.holders().sorted().toList();
        calls.lost(worker);
        orphans.forEach(this::clear);
        book.lost(why, wallMillis);
        int woken = 0;
        int waits = 0;
        for (var id : orphans) {
            var entry = entries.get(id);
            if (entry == null) {
                continue;
            }
            var freed = entry.withoutSlot();
            entries.put(id, freed);
            switch (entry.want()) {
                case GONE -> forget(freed, wallMillis);
                case FILTERED -> {}
                case RUN, MOVE -> {
                    if (place(freed.with(Want.RUN), wallMillis, nowNanos) instanceof Answer.Assigned) {
                        woken++;
                    } else {
                        waits++;
                    }
                }
            }
        }
        return new Moved(woken, waits);
    }

    /** Nobody should be in its slot any more. */
    private void clear(SourceId orphan) {
        var entry = entries.get(orphan);
        if (entry != null && entry.slot() != null) {
            table.write(entry.slot(), new Desired(null, entry.epoch(), false));
        }
    }

    /** Empties a worker: each of its sources gives its slot back in order and is woken elsewhere. */
    void empty(WorkerId worker) {
        var book = book(worker);
        book.close();
        book.holders().forEach(id -> {
            var entry = entries.get(id);
            if (entry != null && entry.slot() != null && entry.want() == Want.RUN) {
                move(entry);
            }
        });
    }

    /** A worker that was to be emptied is given sources again. */
    void open(WorkerId worker, long wallMillis, long nowNanos) {
        book(worker).open();
        placeWaiting(wallMillis, nowNanos);
    }

    /**
     * Evens the load of the workers: sources of those that have more than their share give their slots back in order and are
     * woken elsewhere. Those that share a connection stay together where they are, and whom a station calls is where it calls.
     *
     * @return who moves
     */
    List<SourceId> evenOut() {
        var moves = Placement.evenOut(workers, this::movable, entry -> capacity.charge(entry.source()));
        moves.forEach(this::move);
        return moves.stream().map(entry -> entry.source().id()).toList();
    }

    private List<Entry> movable(WorkerBook worker) {
        return worker.holders()
                .map(entries::get)
                .filter(entry -> entry != null
                        && entry.want() == Want.RUN
                        && !keys.isShared(entry.source())
                        && !calls.meets(entry.source()))
                .toList();
    }

    private void move(Entry entry) {
        vacate(entry, requireNonNull(entry.slot()), false);
        entries.put(entry.source().id(), entry.with(Want.MOVE));
    }

    /** How many sources a worker holds. */
    int holds(WorkerId worker) {
        return book(worker).held();
    }

    /** What became of the sources of a lost worker. */
    record Moved(int woken, int waiting) {}

    WorkerBook book(WorkerId worker) {
        return workers.get(worker.index());
    }

    void ended(SlotId slot, long epoch, EndReason reason, String detail) {
        var id = book(slot).holder(slot);
        var known = id == null ? null : entries.get(id);
        if (id != null && known != null && known.epoch() == epoch) {
            entries.put(id, known.ended(reason, detail));
        }
    }

    /** Gives every slot back. */
    void releaseAll(boolean atOnce) {
        waiting.clear();
        if (calls.close()) {
            workers.forEach(book -> book.tell(new WorkerCommand.HangUp()));
        }
        for (var entry : entries.values()) {
            var slot = entry.slot();
            if (slot != null && (atOnce || entry.want() == Want.RUN || entry.want() == Want.MOVE)) {
                vacate(entry, slot, atOnce);
                entries.put(entry.source().id(), entry.with(Want.GONE));
            }
        }
    }

    /** Gives a source's slot a message; false when it has none. */
    boolean tell(Entry entry, Function<SlotId, WorkerCommand> message) {
        var slot = entry.slot();
        if (slot == null || entry.want() != Want.RUN) {
            return false;
        }
        book(slot).tell(message.apply(slot));
        return true;
    }

    /** Sends the messages of this turn. */
    void send() {
        workers.forEach(WorkerBook::send);
    }

    /** Sources that still have a slot. */
    List<SourceId> held() {
        return workers.stream().flatMap(WorkerBook::holders).toList();
    }

    // ---- any thread

    Optional<Entry> find(SourceId id) {
        return Optional.ofNullable(entries.get(id));
    }

    /** Entries behind {@code after}, in the order of their ids; all of them when it is null. */
    Collection<Entry> after(@Nullable SourceId after) {
        return (after == null ? entries : entries.tailMap(after, false)).values();
    }

    /** Whether it gives its slot back for another. */
    boolean isMoving(SourceId id) {
        var entry = entries.get(id);
        return entry != null && entry.want() == Want.MOVE;
    }

    Filter filter() {
        return filter;
    }

    WaitingLine waiting() {
        return waiting;
    }

    /** One of the sources of which there are most; null: there are none, or no profile. */
    @Nullable
    Source mostCommon() {
        return headroom.mostCommon(entries.values());
    }

    HeadroomCount headroom() {
        return headroom;
    }

    Capacity capacity() {
        return capacity;
    }

    private WorkerBook book(SlotId slot) {
        return workers.get(slot.worker().index());
    }
}
