package org.stationmaster.app;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import org.stationmaster.core.api.MachineView.Quantiles;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** One JSON document on stdout. Text beyond ASCII is escaped, so that it is UTF-8 in any locale. */
final class Json {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(tools.jackson.core.json.JsonWriteFeature.ESCAPE_NON_ASCII)
            .build();

    private Json() {}

    /** @param document what becomes a JSON object */
    static void print(PrintWriter out, Object document) {
        out.println(text(document));
    }

    static String text(Object document) {
        return MAPPER.writeValueAsString(document);
    }

    /** Milliseconds with three digits behind the point. */
    static Map<String, Object> quantiles(Quantiles q) {
        var map = new LinkedHashMap<String, Object>();
        map.put("p50", round(q.p50()));
        map.put("p99", round(q.p99()));
        map.put("max", round(q.max()));
        return map;
    }

    static double round(double value) {
        return Math.round(value * 1_000) / 1_000.0;
    }
}
