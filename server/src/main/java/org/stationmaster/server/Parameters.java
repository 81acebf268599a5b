package org.stationmaster.server;

import io.javalin.http.Context;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.InvalidSourceException;
import org.stationmaster.core.api.MachineView.SourceQuery;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.SourceState;
import org.stationmaster.core.api.Text;

/** Reads the query of a list; what it does not know it refuses, so that a slip of the pen shows. */
final class Parameters {
    private static final int DEFAULT_LIMIT = 100;
    private static final Instant EARLIEST = Instant.EPOCH;
    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");
    private static final String AS = "as";
    private static final String STATIONS = "stations";
    private static final List<String> OF_A_LIST = List.of("group", "state", "limit", "after", AS);

    private Parameters() {}

    static SourceQuery sourceQuery(Context context) {
        only(context, OF_A_LIST);
        var limit = one(context, "limit");
        return new SourceQuery(
                one(context, "group"),
                state(one(context, "state")),
                one(context, "after"),
                limit == null ? DEFAULT_LIMIT : whole("limit", limit, SourceQuery.MAX_LIMIT));
    }

    /** Whether sources are wanted with the keys of a station file alone: {@code as=stations}. */
    static boolean asStations(Context context) {
        return switch (one(context, AS)) {
            case null -> false;
            case STATIONS -> true;
            case String other ->
                throw refused("as '" + Text.shorten(other, 60) + "' is not known: known is " + STATIONS);
        };
    }

    /** The same where nothing else may be asked. */
    static boolean asStationAlone(Context context) {
        only(context, List.of(AS));
        return asStations(context);
    }

    static int deadlineMillis(Context context, int absent, int max) {
        only(context, List.of("deadlineMillis"));
        var text = one(context, "deadlineMillis");
        return text == null ? absent : whole("deadlineMillis", text, max);
    }

    /** What the ledger is asked. */
    record Window(
            @Nullable String source,
            @Nullable Instant from,
            @Nullable Instant to,
            int limit) {}

    static Window window(Context context) {
        only(context, List.of("source", "from", "to", "limit"));
        var limit = one(context, "limit");
        return new Window(
                one(context, "source"),
                instant("from", one(context, "from")),
                instant("to", one(context, "to")),
                limit == null ? 1_000 : whole("limit", limit, SourceQuery.MAX_LIMIT));
    }

    private static @Nullable Instant instant(String name, @Nullable String text) {
        if (text == null) {
            return null;
        }
        try {
            var read = Instant.parse(text);
            if (!read.isBefore(EARLIEST) && read.isBefore(LATEST)) {
                return read;
            }
        } catch (DateTimeParseException e) {
            // as what is out of reach
        }
        throw refused(
                name + " '" + Text.shorten(text, 60) + "' must be a time as 2026-11-29T00:00:00Z, from 1970 to 9999");
    }

    /** Whose records are wanted beside the events; null: nobody's. One that is no id is not known. */
    static @Nullable SourceId recordsOf(Context context) {
        only(context, List.of("records"));
        var id = one(context, "records");
        try {
            return id == null ? null : new SourceId(id);
        } catch (InvalidSourceException e) {
            throw new ProblemException(404, "source '" + Text.shorten(String.valueOf(id), 80) + "' is not known");
        }
    }

    /** Where there is nothing to ask. */
    static void none(Context context) {
        only(context, List.of());
    }

    private static void only(Context context, List<String> known) {
        for (var name : context.queryParamMap().keySet()) {
            if (!known.contains(name)) {
                throw refused("unknown parameter '" + Text.shorten(name, 60) + "': "
                        + (known.isEmpty() ? "there are none here" : "known are " + String.join(", ", known)));
            }
        }
    }

    private static @Nullable String one(Context context, String name) {
        var values = context.queryParams(name);
        if (values.size() > 1) {
            throw refused("parameter '" + name + "' stands " + values.size() + " times: give it once");
        }
        return values.isEmpty() ? null : values.getFirst();
    }

    private static int whole(String name, String text, int max) {
        if (text.matches("[0-9]{1,9}")) {
            int value = Integer.parseInt(text);
            if (value >= 1 && value <= max) {
                return value;
            }
        }
        throw refused(name + " '" + Text.shorten(text, 60) + "' must be a whole number from 1 to " + max);
    }

    private static @Nullable SourceState state(@Nullable String text) {
        if (text == null) {
            return null;
        }
        return Arrays.stream(SourceState.values())
                .filter(state -> state.name().equals(text))
                .findFirst()
                .orElseThrow(() -> refused("unknown state '" + Text.shorten(text, 60) + "': known are "
                        + Arrays.stream(SourceState.values()).map(Enum::name).collect(Collectors.joining(", "))));
    }

    private static ProblemException refused(String detail) {
        return new ProblemException(400, detail);
    }
}
