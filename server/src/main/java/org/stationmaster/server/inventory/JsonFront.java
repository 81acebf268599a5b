package org.stationmaster.server.inventory;

import java.util.ArrayList;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;

/** Strict JSON (RFC 8259, UTF-8) to {@link Doc}; duplicate keys stay, for the schema to report. */
final class JsonFront {
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(Doc.MAX_DEPTH)
                    .maxNumberLength(100)
                    .maxNameLength(1000)
                    .build())
            .build();

    private JsonFront() {}

    /** The only value of the text; null when it is no JSON, which is then reported. */
    static @Nullable Doc read(byte[] bytes, Problems problems) {
        var text = FileText.decode(bytes, problems);
        if (text == null) {
            return null;
        }
        try (var parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
            if (parser.nextToken() == null) {
                problems.add(Doc.Position.FILE, "", "not JSON: the body is empty");
                return null;
            }
            var doc = value(parser);
            if (parser.nextToken() != null) {
                problems.add(
                        position(parser.currentTokenLocation()), "", "not JSON: something stands behind the value");
                return null;
            }
            return doc;
        } catch (JacksonException e) {
            var at = e.getLocation();
            problems.add(at == null ? Doc.Position.FILE : position(at), "", "not JSON: " + told(e));
            return null;
        }
    }

    private static String told(JacksonException e) {
        var message = String.valueOf(e.getOriginalMessage());
        int end = message.indexOf('\n');
        return org.stationmaster.core.api.Text.shorten(end < 0 ? message : message.substring(0, end), 200);
    }

    private static Doc value(JsonParser parser) {
        var at = position(parser.currentTokenLocation());
        return switch (parser.currentToken()) {
            case START_OBJECT -> mapping(parser, at);
            case START_ARRAY -> sequence(parser, at);
            case VALUE_STRING -> new Doc.Scalar(at, parser.getString(), Doc.Kind.QUOTED);
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Doc.Scalar(at, parser.getString(), Doc.Kind.NUMBER);
            case VALUE_TRUE, VALUE_FALSE -> new Doc.Scalar(at, parser.getString(), Doc.Kind.SWITCH);
            case VALUE_NULL -> new Doc.Scalar(at, "null", Doc.Kind.NULL);
            case NOT_AVAILABLE, END_OBJECT, END_ARRAY, PROPERTY_NAME, VALUE_EMBEDDED_OBJECT ->
                throw new IllegalStateException("token instead of a value: " + parser.currentToken());
        };
    }

    private static Doc.Mapping mapping(JsonParser parser, Doc.Position at) {
        var entries = new ArrayList<Doc.Entry>();
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            var place = position(parser.currentTokenLocation());
            var key = parser.currentName();
            parser.nextToken();
            entries.add(new Doc.Entry(place, key, value(parser)));
        }
        return new Doc.Mapping(at, entries);
    }

    private static Doc.Sequence sequence(JsonParser parser, Doc.Position at) {
        var items = new ArrayList<Doc>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            items.add(value(parser));
        }
        return new Doc.Sequence(at, items);
    }

    private static Doc.Position position(TokenStreamLocation at) {
        return new Doc.Position(at.getLineNr(), at.getColumnNr());
    }
}
