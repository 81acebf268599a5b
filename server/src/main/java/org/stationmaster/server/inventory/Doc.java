package org.stationmaster.server.inventory;

import java.util.List;

/** A document as written: positions and raw text, no types. Immutable. */
sealed interface Doc {
    /** How deep lists and mappings may nest; the deepest legal file has five levels. */
    int MAX_DEPTH = 50;

    /** Where something begins; both from 1. Line 0: the file as a whole. */
    record Position(int line, int column) {
        static final Position FILE = new Position(0, 0);
    }

    Position at();

    /** One value. */
    record Scalar(Position at, String text, Kind kind) implements Doc {}

    /** What the notation alone says of a scalar. */
    enum Kind {
        /** YAML without quotes: whatever the schema asks for. */
        PLAIN,
        /** In quotes: text. */
        QUOTED,
        /** A cell of CSV: whatever the schema asks for; of a list, its items behind semicolons. */
        CELL,
        /** A JSON number. */
        NUMBER,
        /** JSON's {@code true} or {@code false}. */
        SWITCH,
        /** JSON's {@code null}. */
        NULL
    }

    record Sequence(Position at, List<Doc> items) implements Doc {}

    /** @param entries in the order of the file, duplicates too */
    record Mapping(Position at, List<Entry> entries) implements Doc {}

    /** A key and its value; {@code at} is the key's place. */
    record Entry(Position at, String key, Doc value) {}

    /** What was refused by the front end and has been reported: the schema passes over it. */
    record Broken(Position at) implements Doc {}

    /** What this is, for people. */
    default String described() {
        return switch (this) {
            case Scalar(var _, var text, var kind) ->
                switch (kind) {
                    case PLAIN, CELL, NUMBER, SWITCH -> text.isEmpty() ? "nothing" : "'" + Texts.shown(text) + "'";
                    case QUOTED -> "the text \"" + Texts.shown(text) + "\"";
                    case NULL -> "null";
                };
            case Sequence _ -> "a list";
            case Mapping _ -> "a mapping";
            case Broken _ -> "something that cannot be read";
        };
    }
}
