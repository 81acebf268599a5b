package org.stationmaster.server.inventory;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * YAML 1.2 to {@link Doc}, from the parser's events: no type is resolved and no alias followed, so that a file costs
 * what its length says and no more. Aliases, anchors, tags and merge keys are refused with a sentence.
 */
final class YamlFront {
    private static final LoadSettings SETTINGS = LoadSettings.builder()
            .setUseMarks(true)
            .setCodePointLimit(FileText.MAX_BYTES)
            .build();

    private final Iterator<Event> events;
    private final Problems problems;

    private YamlFront(Iterator<Event> events, Problems problems) {
        this.events = events;
        this.problems = problems;
    }

    /** The only document of the text; null when there is none that could be checked further. What is wrong is reported. */
    static @Nullable Doc read(String text, Problems problems) {
        try {
            return new YamlFront(new Parse(SETTINGS).parseString(text).iterator(), problems).document();
        } catch (TooDeepException e) {
            problems.add(e.at, "", "nested deeper than " + Doc.MAX_DEPTH + " levels");
        } catch (MarkedYamlEngineException e) {
            problems.add(position(e.getProblemMark().or(e::getContextMark)), "", "not YAML: " + told(e));
        } catch (ReaderException e) {
            problems.add(
                    FileText.position(text, e.getPosition()),
                    "",
                    String.format("character U+%04X is not allowed in YAML", e.getCodePoint()));
        } catch (YamlEngineException e) {
            problems.add(Doc.Position.FILE, "", "not YAML: " + Texts.shown(String.valueOf(e.getMessage())));
        }
        return null;
    }

    private static String told(MarkedYamlEngineException e) {
        var problem = String.valueOf(e.getProblem());
        if (problem.contains("TAB") || problem.contains("\t")) {
            return "a tab; indent with blanks";
        }
        var context = e.getContext();
        if (context == null || context.isBlank()) {
            return problem;
        }
        if (e.getContextMark().isEmpty()) {
            return context + ": " + problem;
        }
        var begun = position(e.getContextMark()); // a bracket that is not closed shows lines behind it
        return context + " begun at " + begun.line() + ":" + begun.column() + ": " + problem;
    }

    private @Nullable Doc document() {
        Doc doc = null;
        while (events.hasNext()) {
            var event = events.next();
            switch (event.getEventId()) {
                case DocumentStart -> {
                    if (doc != null) {
                        problems.add(position(event.getStartMark()), "", "a second document: a file holds only one");
                        return doc;
                    }
                    doc = node(events.next(), 0);
                }
                case StreamStart, StreamEnd, DocumentEnd, Comment -> {}
                case Alias, Scalar, SequenceStart, SequenceEnd, MappingStart, MappingEnd ->
                    throw new IllegalStateException("event outside of a document: " + event);
            }
        }
        if (doc == null || isEmpty(doc)) {
            problems.add(Doc.Position.FILE, "", "the file is empty: write [] for a list without sources");
            return null;
        }
        return doc;
    }

    private static boolean isEmpty(Doc doc) {
        return doc instanceof Doc.Scalar scalar
                && scalar.kind() == Doc.Kind.PLAIN
                && scalar.text().isEmpty();
    }

    private Doc node(Event event, int depth) {
        var at = position(event.getStartMark());
        if (depth > Doc.MAX_DEPTH) {
            throw new TooDeepException(at);
        }
        if (event instanceof NodeEvent node && !(event instanceof AliasEvent)) {
            refuseProperties(node, at);
        }
        return switch (event) {
            case ScalarEvent scalar ->
                new Doc.Scalar(
                        at,
                        scalar.getValue(),
                        scalar.getScalarStyle() == ScalarStyle.PLAIN ? Doc.Kind.PLAIN : Doc.Kind.QUOTED);
            case SequenceStartEvent _ -> sequence(at, depth);
            case MappingStartEvent _ -> mapping(at, depth);
            case AliasEvent alias -> {
                problems.add(at, "", "alias '*" + Texts.shown(name(alias)) + "': write the value out");
                yield new Doc.Broken(at);
            }
            default -> throw new IllegalStateException("event instead of a value: " + event);
        };
    }

    private static String name(NodeEvent event) {
        return event.getAnchor().map(anchor -> anchor.getValue()).orElse("");
    }

    private void refuseProperties(NodeEvent node, Doc.Position at) {
        if (node.getAnchor().isPresent()) {
            problems.add(at, "", "anchor '&" + Texts.shown(name(node)) + "': take it away, aliases are not read");
        }
        Optional<String> tag = switch (node) {
            case ScalarEvent scalar -> scalar.getTag();
            case CollectionStartEvent start -> start.getTag();
            default -> Optional.empty();
        };
        tag.ifPresent(name ->
                problems.add(at, "", "tag '" + Texts.shown(name) + "': take it away, the key says what type it has"));
    }

    private Doc.Sequence sequence(Doc.Position at, int depth) {
        var items = new ArrayList<Doc>();
        for (var event = events.next(); event.getEventId() != Event.ID.SequenceEnd; event = events.next()) {
            items.add(node(event, depth + 1));
        }
        return new Doc.Sequence(at, items);
    }

    private Doc.Mapping mapping(Doc.Position at, int depth) {
        var entries = new ArrayList<Doc.Entry>();
        for (var event = events.next(); event.getEventId() != Event.ID.MappingEnd; event = events.next()) {
            var key = node(event, depth + 1);
            var value = node(events.next(), depth + 1);
            switch (key) {
                case Doc.Scalar(var place, var text, var kind) -> {
                    if (text.equals("<<") && kind == Doc.Kind.PLAIN) {
                        problems.add(place, "<<", "merge key '<<': write the keys out");
                    } else {
                        entries.add(new Doc.Entry(place, text, value));
                    }
                }
                case Doc.Sequence _, Doc.Mapping _ ->
                    problems.add(key.at(), "", "a key must be a word; found " + key.described());
                case Doc.Broken _ -> {}
            }
        }
        return new Doc.Mapping(at, entries);
    }

    private static Doc.Position position(Optional<Mark> mark) {
        return mark.map(place -> new Doc.Position(place.getLine() + 1, place.getColumn() + 1))
                .orElse(Doc.Position.FILE);
    }

    private static final class TooDeepException extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final transient Doc.Position at;

        TooDeepException(Doc.Position at) {
            super("too deep", null, false, false);
            this.at = at;
        }
    }
}
