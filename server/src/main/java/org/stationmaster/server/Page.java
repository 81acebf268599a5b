package org.stationmaster.server;

import static java.util.Objects.requireNonNull;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.stationmaster.core.api.Text;

/**
 * The dashboard: {@code /} and the files it names. They are open to everybody and hold nothing of this machine; what the page
 * shows it asks for as any client does. A request's path chooses among the files that are listed here and finds no others.
 */
final class Page {
    /** Scripts, styles and requests of this endpoint alone; nothing inline, nothing from elsewhere, in nobody's frame. */
    static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
            + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static final String INDEX = "index.html";
    private static final List<String> NAMES = List.of(
            INDEX,
            "page.css",
            "icon.svg",
            "main.js",
            "api.js",
            "model.js",
            "map.js",
            "layout.js",
            "paint.js",
            "chart.js",
            "lists.js",
            "groups.js",
            "source.js",
            "add.js",
            "dialogs.js",
            "turn.js",
            "late.js",
            "dom.js");

    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html;charset=utf-8",
            "css", "text/css;charset=utf-8",
            "js", "text/javascript;charset=utf-8",
            "svg", "image/svg+xml;charset=utf-8");

    private final Map<String, byte[]> files = new HashMap<>();

    Page() {
        NAMES.forEach(name -> files.put(name, read(name)));
    }

    private static byte[] read(String name) {
        try (var in = requireNonNull(Page.class.getResourceAsStream("page/" + name), name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void addTo(Routes routes) {
        routes.get("/", null, context -> answer(context, INDEX));
        routes.get("/page/{file}", null, context -> answer(context, context.pathParam("file")));
    }

    private void answer(Context context, String name) {
        var bytes = files.get(name);
        if (bytes == null) {
            throw new ProblemException(404, "there is no page/" + Text.shorten(name, 80));
        }
        context.header("Content-Security-Policy", POLICY)
                .contentType(requireNonNull(TYPES.get(name.substring(name.lastIndexOf('.') + 1))))
                .result(bytes);
    }
}
