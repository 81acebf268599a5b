package org.stationmaster.server.inventory;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceId;

/**
 * Reads machine files, station files and sources that come in requests. Nothing is started and nothing kept; what is
 * wrong comes back as {@link Reading.Invalid}, never as an exception.
 *
 * <p>Immutable, safe from any thread; reading touches the files that are named and may block.
 */
public final class Inventory {
    private final Map<String, Protocol> protocols;
    private final UnaryOperator<@Nullable String> environment;
    private final int processors;

    /** @param protocols by name: those a source may name, with the keys that are theirs alone */
    public Inventory(Map<String, Protocol> protocols) {
        this(protocols, System::getenv, Runtime.getRuntime().availableProcessors());
    }

    Inventory(Map<String, Protocol> protocols, UnaryOperator<@Nullable String> environment, int processors) {
        this.protocols = Map.copyOf(protocols);
        this.environment = environment;
        this.processors = processors;
    }

    /** What a file holds. */
    public sealed interface Checked {
        record MachineFile(MachineConfig config) implements Checked {}

        record StationFile(List<Source> sources) implements Checked {}
    }

    /** What came of a request's body. */
    public sealed interface Body {
        /** A source, or what is wrong with its keys. */
        record Json(Reading<Noted> source) implements Body {}

        /** No JSON at all. */
        record Malformed(InventoryError error) implements Body {}
    }

    /** A machine file, with the sources it holds or names. */
    public Reading<MachineConfig> readMachine(Path file) {
        return read(file, References.Use.LOCAL, this::machine);
    }

    /** A station file. An empty list is legal. */
    public Reading<List<Source>> readStations(Path file) {
        return read(
                file,
                References.Use.LOCAL,
                (doc, in) -> MachineSchema.sources(in.schema().stationList(doc, file, in.problems())));
    }

    /**
     * A station file for a machine elsewhere: what it refers to is not looked up here.
     *
     * @return its sources, to be told from their {@link Noted#form}: the secrets are not those of the machine
     */
    public Reading<List<Noted>> readForeign(Path file) {
        return read(file, References.Use.FORWARDED, (doc, in) -> in.schema().stationList(doc, file, in.problems()));
    }

    /**
     * The same from a text that somebody has typed.
     *
     * @param name stands in front of what is wrong
     */
    public Reading<List<Noted>> readForeign(String name, String yaml) {
        var problems = Problems.of(name);
        var doc = YamlFront.read(yaml, problems);
        if (!(doc instanceof Doc.Sequence list)) {
            if (problems.count() == 0 && doc != null) {
                problems.add(doc.at(), "", "a list of sources is wanted; found " + doc.described());
            }
            return problems.settle(null);
        }
        var references = References.of(Path.of(""), References.Use.FORWARDED, environment);
        return problems.settle(new SourceSchema(protocols, references, problems).list(list));
    }

    /** A file of either kind: a list is a station file, a mapping a machine file. */
    public Reading<Checked> check(Path file) {
        return read(file, References.Use.LOCAL, (doc, in) -> {
            if (doc instanceof Doc.Sequence) {
                return new Checked.StationFile(
                        MachineSchema.sources(in.schema().stationList(doc, file, in.problems())));
            }
            var config = machine(doc, in);
            return config == null ? null : new Checked.MachineFile(config);
        });
    }

    /**
     * A source from a request's body: one JSON object, the same keys as in a station file. Files may be named only
     * below {@code directory}.
     *
     * @param id from the request's path; an {@code id} in the body must be the same. Null: the body must have one
     * @param kept the reference behind the password that is stored for an id, for one that is {@code kept}; null: none
     */
    public Body readSource(
            byte[] json, @Nullable SourceId id, Path directory, Function<String, @Nullable String> kept) {
        var problems = Problems.of("");
        var doc = JsonFront.read(json, problems);
        if (doc == null) {
            return switch (problems.<Noted>settle(null)) {
                case Reading.Invalid<Noted>(var errors, var _) -> new Body.Malformed(errors.getFirst());
                case Reading.Valid<Noted> _ -> throw new IllegalStateException("no document and no reason");
            };
        }
        var fields = Fields.of(doc, "the body must be an object with the keys of a source", "", problems);
        if (fields == null) {
            return new Body.Json(problems.settle(null));
        }
        var references =
                new References(directory.toAbsolutePath().normalize(), References.Use.REQUEST, environment, kept);
        if (id != null) {
            fields.withDefault("id", id.value());
        }
        var noted = new SourceSchema(protocols, references, problems).source(fields);
        if (noted != null && id != null && !noted.source().id().equals(id)) {
            fields.refuse("id", "id '" + noted.source().id() + "' is not that of the address, '" + id + "'");
        }
        return new Body.Json(problems.settle(noted));
    }

    private @Nullable MachineConfig machine(Doc doc, In in) {
        if (doc instanceof Doc.Mapping mapping) {
            return in.schema().machine(mapping);
        }
        in.problems()
                .add(
                        doc.at(),
                        "",
                        "a machine file must be a mapping with keys such as machine, sources, data; found "
                                + doc.described());
        return null;
    }

    /** What a file holds: YAML, or CSV by its name; null when it cannot be read, which is then reported. */
    static @Nullable Doc document(Path file, Problems problems) {
        var text = FileText.read(file, problems);
        if (text == null) {
            return null;
        }
        return file.toString().toLowerCase(Locale.ROOT).endsWith(".csv")
                ? CsvFront.read(text, problems)
                : YamlFront.read(text, problems);
    }

    private <T> Reading<T> read(Path file, References.Use use, BiFunction<Doc, In, @Nullable T> schema) {
        var problems = Problems.of(file.toString());
        var doc = document(file, problems);
        if (doc == null) {
            return problems.settle(null);
        }
        var absolute = file.toAbsolutePath().normalize();
        var directory = absolute.getParent();
        var references = References.of(directory == null ? absolute : directory, use, environment);
        var in = new In(new MachineSchema(protocols, references, problems, processors), problems);
        return problems.settle(schema.apply(doc, in));
    }

    /** What a schema works with. */
    private record In(MachineSchema schema, Problems problems) {}
}
