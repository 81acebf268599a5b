package org.stationmaster.server.inventory;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.Answer;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.InvalidSourceException;
import org.stationmaster.core.api.MachineView;
import org.stationmaster.core.api.MachineView.Alarm;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.TaskAssignator;
import org.stationmaster.core.api.Text;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Which sources the machine should have, and who says so: the station file, or requests. Every change of them goes through
 * here, one after the other; those that came in requests, pauses and groups are stored and survive a restart. An id belongs to
 * whoever had it first.
 *
 * <p>Safe from any thread. Calls block as those of the {@link TaskAssignator} do, and until the disk has what is stored.
 */
public final class SourceBook implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SourceBook.class);
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private final Inventory inventory;
    private final MachineView view;
    private final TaskAssignator assignator;
    private final SourceStore store;
    private final Path directory;
    private final @Nullable Path stationFile;
    private final Clock clock;

    /** Fair: a request with many sources takes it again and again. */
    private final ReentrantLock lock = new ReentrantLock(true);
    /** Written under the lock; so is all that follows. */
    private final Map<SourceId, Source> ofFile = new ConcurrentHashMap<>();
    /** JSON with the keys of a station file, references in place of secrets. */
    private final Map<SourceId, String> ofRequests = new ConcurrentHashMap<>();

    private final Set<SourceId> paused = new HashSet<>();
    private final Map<Trouble, Alarm> alarms = new ConcurrentHashMap<>();
    /** What the station file held when it was last valid. */
    private List<Source> inFile = List.of();

    private Set<SourceId> conflicts = Set.of();

    /** What may be wrong with the inventory, each with one alarm at the most. */
    private enum Trouble {
        FILE,
        CONFLICT,
        STORED
    }

    /** Who says that a source should be there. */
    public enum Origin {
        FILE,
        REST
    }

    /**
     * @param database where changes at run time are stored; made by the first
     * @param directory files that a request names must lie below it
     * @param stationFile where the station file's sources stand, for people; null: in none, and nobody changes them
     */
    public SourceBook(
            Inventory inventory,
            MachineView view,
            TaskAssignator assignator,
            Path database,
            Path directory,
            @Nullable Path stationFile,
            Clock clock) {
        this.inventory = inventory;
        this.view = view;
        this.assignator = assignator;
        this.store = new SourceStore(database);
        this.directory = directory;
        this.stationFile = stationFile;
        this.clock = clock;
    }

    // ---- start

    /**
     * Gives the machine what is stored and what the station file holds.
     *
     * @return the answers, for the log
     * @throws StoreException what is stored cannot be read
     */
    public List<Answer> start(List<Source> stations) throws StoreException, InterruptedException {
        lock.lockInterruptibly();
        try {
            var content = store.load();
            for (var group : content.groups().entrySet()) {
                assignator.filter(view.filter().with(group.getKey(), group.getValue()));
            }
            content.paused().forEach(id -> paused.add(new SourceId(id)));
            var answers = new ArrayList<Answer>(activateStored(content.sources()));
            answers.addAll(takeFile(stations));
            return answers;
        } finally {
            lock.unlock();
        }
    }

    private List<Answer> activateStored(Map<String, String> stored) throws InterruptedException {
        var sources = new ArrayList<Source>();
        var unusable = new TreeMap<String, String>();
        stored.forEach((name, json) -> {
            var id = new SourceId(name);
            ofRequests.put(id, json);
            switch (settled(new Line(id, json.getBytes(StandardCharsets.UTF_8)))) {
                case Usable(var noted) -> sources.add(noted.source());
                case Unusable(var outcome) -> unusable.put(name, outcome.reason());
            }
        });
        var answers = new ArrayList<Answer>();
        activate(sources).forEach((id, answer) -> {
            switch (answer) {
                case Woken(var given) -> answers.add(given);
                case Unwanted(var e) -> unusable.put(id.value(), String.valueOf(e.getMessage()));
            }
        });
        tell(
                Trouble.STORED,
                "stored sources",
                unusable.isEmpty()
                        ? ""
                        : unusable.size() + " cannot be used (" + Text.some(unusable.keySet().stream()) + "): "
                                + unusable.firstEntry().getValue() + "; put them anew or remove them");
        return answers;
    }

    // ---- requests

    /**
     * A source in a request.
     *
     * @param id what the address says; null: the body says it
     */
    @SuppressWarnings("ArrayRecordComponent") // handed on, never changed
    public record Line(@Nullable SourceId id, byte[] json) {}

    /** What became of a source in a request. */
    public sealed interface Outcome {
        /** The machine has it. {@code known}: it had the id before. */
        record Taken(Source source, boolean known, Answer answer) implements Outcome {}

        /** The machine has it, and will not after a restart. */
        record NotStored(Source source, String why) implements Outcome {}

        /** Not JSON. */
        record Malformed(InventoryError error) implements Outcome {}

        /** Its keys are wrong. */
        record Wrong(@Nullable SourceId id, Reading.Invalid<Noted> errors) implements Outcome {}

        /** The id belongs to the station file. */
        record Conflict(SourceId id, @Nullable Path file) implements Outcome {}

        /** Why not, for people; empty when it was taken. */
        default String reason() {
            return switch (this) {
                case Taken _ -> "";
                case NotStored(var _, var why) -> "it runs, but could not be stored: " + why;
                case Malformed(var error) ->
                    (error.line() == 0 ? "" : "line " + error.line() + ", column " + error.column() + ": ")
                            + error.message();
                case Wrong(var _, var errors) -> wrong(errors);
                case Conflict(var id, var file) ->
                    file == null
                            ? "source '" + id + "' belongs to the machine from its start on: it cannot be changed"
                            : "source '" + id + "' belongs to the station file " + file + ": change it there";
            };
        }

        private static String wrong(Reading.Invalid<Noted> invalid) {
            long count = invalid.errors().size() + invalid.more();
            var first = invalid.errors().getFirst().message();
            return count == 1 ? first : count + " errors; the first: " + first;
        }
    }

    /** A line that was read, for {@link #put(List)}. */
    public sealed interface Read {}

    private sealed interface Settled extends Read {}

    private record Usable(Noted noted) implements Settled {}

    private record Unusable(Outcome outcome) implements Settled {}

    /** What it means depends on what is stored when it is put. */
    private record Depends(Line line) implements Read {}

    /** Reads a line and changes nothing. */
    public Read read(Line line) {
        var depends = new AtomicBoolean();
        var settled = settled(line, id -> {
            depends.set(true);
            return keptPassword(id);
        });
        return depends.get() ? new Depends(line) : settled;
    }

    private Settled settled(Line line) {
        return settled(line, this::keptPassword);
    }

    private Settled settled(Line line, Function<String, @Nullable String> keptPassword) {
        return switch (inventory.readSource(line.json(), line.id(), directory, keptPassword)) {
            case Inventory.Body.Malformed(var error) -> new Unusable(new Outcome.Malformed(error));
            case Inventory.Body.Json(var reading) ->
                switch (reading) {
                    case Reading.Valid<Noted>(var noted) -> new Usable(noted);
                    case Reading.Invalid<Noted> invalid ->
                        new Unusable(new Outcome.Wrong(line.id(), line.id() == null ? first(invalid) : invalid));
                };
        };
    }

    /** Of one among many lines the first error is told, and thousands of lines may have a hundred each. */
    private static Reading.Invalid<Noted> first(Reading.Invalid<Noted> invalid) {
        var errors = invalid.errors();
        return new Reading.Invalid<>(List.of(errors.getFirst()), invalid.more() + errors.size() - 1);
    }

    private @Nullable String keptPassword(String id) {
        try {
            var json = ofRequests.get(new SourceId(id));
            return json == null ? null : MAPPER.readTree(json).path("password").asString(null);
        } catch (InvalidSourceException e) {
            return null;
        } catch (JacksonException e) {
            throw new IllegalStateException("what is stored of " + id + " is no JSON", e);
        }
    }

    /** Adds or updates a source. */
    public Outcome put(Line line) throws InterruptedException {
        return put(List.of(read(line))).getFirst();
    }

    /** Adds or updates sources: all at once, and each by itself. The outcomes stand in the order of the lines. */
    public List<Outcome> put(List<Read> lines) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            var read = lines.stream()
                    .map(one -> switch (one) {
                        case Settled settled -> settled;
                        case Depends(var line) -> settled(line);
                    })
                    .toList();
            var known = new HashSet<SourceId>();
            var wanted = new LinkedHashMap<SourceId, Noted>();
            for (var one : read) {
                if (one instanceof Usable(var noted)
                        && !ofFile.containsKey(noted.source().id())) {
                    var id = noted.source().id();
                    if (view.source(id).isPresent()) {
                        known.add(id);
                    }
                    wanted.put(id, noted); // of two with one id the last is meant
                }
            }
            var results = activate(wanted.values().stream().map(Noted::source).toList());
            var trouble = store(wanted, results);
            return read.stream()
                    .map(one -> switch (one) {
                        case Unusable(var outcome) -> outcome;
                        case Usable(var noted) -> outcome(noted, known, results, trouble);
                    })
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Adds a source.
     *
     * @return empty: it is there already, and nothing was changed
     */
    public Optional<Outcome> add(SourceId id, byte[] json) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            return view.source(id).isPresent() ? Optional.empty() : Optional.of(put(new Line(id, json)));
        } finally {
            lock.unlock();
        }
    }

    private Outcome outcome(
            Noted noted, Set<SourceId> known, Map<SourceId, Result> results, @Nullable StoreException trouble) {
        var source = noted.source();
        return switch (results.get(source.id())) {
            case null -> conflict(source.id());
            case Unwanted(var e) -> {
                var error = new InventoryError("", 0, 0, e.field(), String.valueOf(e.getMessage()));
                yield new Outcome.Wrong(source.id(), new Reading.Invalid<>(List.of(error), 0));
            }
            case Woken(var answer) ->
                trouble == null
                        // Of two lines with one id only the first can have made it.
                        ? new Outcome.Taken(source, !known.add(source.id()), answer)
                        : new Outcome.NotStored(source, String.valueOf(trouble.getMessage()));
        };
    }

    /** What becomes of a wish to change a source of the station file. */
    public Outcome conflict(SourceId id) {
        return new Outcome.Conflict(id, stationFile);
    }

    /** Stores those that were woken and are not stored the same already; what went wrong, or null. */
    private @Nullable StoreException store(Map<SourceId, Noted> wanted, Map<SourceId, Result> results) {
        var changed = new HashMap<String, String>();
        wanted.forEach((id, noted) -> {
            var json = MAPPER.writeValueAsString(noted.form());
            if (results.get(id) instanceof Woken && !json.equals(ofRequests.get(id))) {
                changed.put(id.value(), json);
            }
        });
        if (changed.isEmpty()) {
            return null;
        }
        try {
            store.put(changed);
            changed.forEach((id, json) -> ofRequests.put(new SourceId(id), json));
            return null;
        } catch (StoreException e) {
            LOG.error("{} not stored, and run: {}", Text.count(changed.size(), "source"), e.getMessage());
            return e;
        }
    }

    private sealed interface Result {}

    private record Woken(Answer answer) implements Result {}

    private record Unwanted(InvalidSourceException why) implements Result {}

    private Map<SourceId, Result> activate(List<Source> sources) throws InterruptedException {
        var results = new LinkedHashMap<SourceId, Result>();
        try {
            var answers = assignator.activateAll(sources, Set.copyOf(paused));
            for (int i = 0; i < sources.size(); i++) {
                results.put(sources.get(i).id(), new Woken(answers.get(i)));
            }
        } catch (InvalidSourceException e) { // one of them, and then none was activated
            for (var source : sources) {
                results.put(source.id(), activate(source));
            }
        }
        return results;
    }

    private Result activate(Source source) throws InterruptedException {
        try {
            return new Woken(
                    assignator.activateAll(List.of(source), Set.copyOf(paused)).getFirst());
        } catch (InvalidSourceException e) {
            return new Unwanted(e);
        }
    }

    /** What became of a wish to release a source. */
    public enum Released {
        DONE,
        UNKNOWN,
        OWNED_BY_FILE
    }

    public Released release(SourceId id) throws InterruptedException, StoreException {
        lock.lockInterruptibly();
        try {
            if (ofFile.containsKey(id)) {
                return Released.OWNED_BY_FILE;
            }
            boolean known = assignator.release(id);
            if (ofRequests.containsKey(id)) {
                store.remove(id.value());
                ofRequests.remove(id);
                paused.remove(id);
                known = true;
            }
            if (conflicts.contains(id)) {
                takeFile(inFile); // now it belongs to the file
            }
            return known ? Released.DONE : Released.UNKNOWN;
        } finally {
            lock.unlock();
        }
    }

    /** Pauses or resumes, also over a restart; false: the id is not known. */
    public boolean pause(SourceId id, boolean rests) throws InterruptedException, StoreException {
        lock.lockInterruptibly();
        try {
            boolean known = rests ? assignator.pause(id) : assignator.resume(id);
            if (known && (rests ? paused.add(id) : paused.remove(id))) {
                store.paused(id.value(), rests);
            }
            return known;
        } finally {
            lock.unlock();
        }
    }

    /** Enables or disables a group, also over a restart. */
    public void group(String name, boolean enabled) throws InterruptedException, StoreException {
        lock.lockInterruptibly();
        try {
            assignator.filter(view.filter().with(name, enabled));
            store.group(name, enabled);
        } finally {
            lock.unlock();
        }
    }

    // ---- the station file

    /** The station file holds these now: what has changed is touched, and nothing else. */
    public void stationFile(List<Source> stations) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            alarms.remove(Trouble.FILE);
            var before = Map.copyOf(ofFile);
            takeFile(stations);
            long gone = before.keySet().stream()
                    .filter(id -> !ofFile.containsKey(id))
                    .count();
            long same = before.entrySet().stream()
                    .filter(had -> had.getValue().equals(ofFile.get(had.getKey())))
                    .count();
            if (gone > 0 || ofFile.size() > same) {
                LOG.info(
                        "the station file has changed: new or changed {}, gone {}, untouched {}",
                        ofFile.size() - same,
                        gone,
                        same);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The station file cannot be used: nothing changes, and it is told. */
    public void stationFileBroken(Path file, Reading.Invalid<?> errors) {
        long more = errors.errors().size() - 1 + errors.more();
        tell(
                Trouble.FILE,
                String.valueOf(file.getFileName()),
                errors.errors().getFirst() + (more == 0 ? "" : " (and " + more + " more)")
                        + "; the sources stay as they are, mend the file");
    }

    private List<Answer> takeFile(List<Source> stations) throws InterruptedException {
        var next = new LinkedHashMap<SourceId, Source>();
        var taken = new HashSet<SourceId>();
        for (var source : stations) {
            if (ofRequests.containsKey(source.id())) {
                taken.add(source.id());
            } else {
                next.put(source.id(), source);
            }
        }
        for (var id : List.copyOf(ofFile.keySet())) {
            if (!next.containsKey(id)) {
                assignator.release(id);
                ofFile.remove(id);
            }
        }
        var changed = next.values().stream()
                .filter(source -> !source.equals(ofFile.get(source.id())))
                .toList();
        var answers = new ArrayList<Answer>();
        var unwanted = new TreeMap<String, String>();
        activate(changed).forEach((id, result) -> {
            switch (result) {
                case Woken(var answer) -> {
                    answers.add(answer);
                    ofFile.put(id, requireNonNull(next.get(id)));
                }
                case Unwanted(var e) -> unwanted.put(id.value(), String.valueOf(e.getMessage()));
            }
        });
        inFile = List.copyOf(stations);
        conflicts = taken;
        tellOfFile(taken, unwanted);
        return answers;
    }

    private void tellOfFile(Set<SourceId> taken, SortedMap<String, String> unwanted) {
        var parts = Stream.of(
                        taken.isEmpty()
                                ? ""
                                : Text.count(taken.size(), "source") + " of the station file ("
                                        + Text.some(taken.stream()
                                                .map(SourceId::value)
                                                .sorted())
                                        + (taken.size() == 1
                                                ? ") was added over REST before and stays as it is: remove it there, or"
                                                : ") were added over REST before and stay as they are: remove them"
                                                        + " there, or")
                                        + " from the file",
                        unwanted.isEmpty()
                                ? ""
                                : "no task can be made of " + unwanted.firstKey() + ": "
                                        + unwanted.get(unwanted.firstKey())
                                        + (unwanted.size() == 1 ? "" : " (and " + (unwanted.size() - 1) + " more)"))
                .filter(part -> !part.isEmpty())
                .toList();
        var message = String.join("; ", parts);
        var standing = alarms.get(Trouble.CONFLICT);
        if (standing == null || !standing.message().equals(message)) { // the watch finds again what the start has found
            tell(Trouble.CONFLICT, "station file", message);
        }
    }

    // ---- what is told

    private void tell(Trouble trouble, String subject, String message) {
        if (message.isEmpty()) {
            alarms.remove(trouble);
            return;
        }
        LOG.warn("{}: {}", subject, message);
        var before = alarms.get(trouble);
        var since = before == null ? Instant.ofEpochSecond(0, clock.epochNanos()) : before.since();
        alarms.put(trouble, new Alarm(Alarm.Kind.INVENTORY, subject, since, message));
    }

    /** What is wrong with the inventory; empty when all is well. */
    public List<Alarm> alarms() {
        return List.copyOf(alarms.values());
    }

    /** Who says that this source should be there. */
    public Origin origin(SourceId id) {
        return ofFile.containsKey(id) ? Origin.FILE : Origin.REST;
    }

    @Override
    public void close() throws StoreException {
        lock.lock();
        try {
            store.close();
        } finally {
            lock.unlock();
        }
    }
}
