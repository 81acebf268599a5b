package org.stationmaster.server;

import io.javalin.http.Context;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.MachineView.SourceQuery;
import org.stationmaster.core.api.SourceState;
import org.stationmaster.core.api.Text;

/** Reads the query of a list; what it does not know it refuses, so that a slip of the pen shows. */
final class Parameters {
    private static final int DEFAULT_LIMIT = 100;
    private static final List<String> KNOWN = List.of("group", "state", "limit", "after");

    private Parameters() {}

    static SourceQuery sourceQuery(Context context) {
        for (var name : context.queryParamMap().keySet()) {
            if (!KNOWN.contains(name)) {
                throw refused(
                        "unknown parameter '" + Text.shorten(name, 60) + "': known are " + String.join(", ", KNOWN));
            }
        }
        var limit = one(context, "limit");
        return new SourceQuery(
                one(context, "group"),
                state(one(context, "state")),
                one(context, "after"),
                limit == null ? DEFAULT_LIMIT : limit(limit));
    }

    private static @Nullable String one(Context context, String name) {
        var values = context.queryParams(name);
        if (values.size() > 1) {
            throw refused("parameter '" + name + "' stands " + values.size() + " times: give it once");
        }
        return values.isEmpty() ? null : values.getFirst();
    }

    private static int limit(String text) {
        if (text.matches("[0-9]{1,9}")) {
            int value = Integer.parseInt(text);
            if (value >= 1 && value <= SourceQuery.MAX_LIMIT) {
                return value;
            }
        }
        throw refused(
                "limit '" + Text.shorten(text, 60) + "' must be a whole number from 1 to " + SourceQuery.MAX_LIMIT);
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
