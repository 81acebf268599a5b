package org.stationmaster.server;

import io.javalin.http.Context;
import java.io.IOException;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.stationmaster.core.api.Filter;
import org.stationmaster.core.api.MachineView;
import org.stationmaster.core.api.MachineView.SourceQuery;
import org.stationmaster.core.api.Text;
import org.stationmaster.server.inventory.Role;
import org.stationmaster.server.inventory.SourceBook;
import org.stationmaster.server.inventory.StoreException;

/** {@code /api/v1/groups}: which groups there are, and which of them the machine takes. */
final class GroupRoutes {
    private static final String ROOT = "/api/v1/groups";
    private static final int MAX_NAME = 100;

    private final MachineView view;
    private final SourceBook book;

    GroupRoutes(MachineView view, SourceBook book) {
        this.view = view;
        this.book = book;
    }

    void addTo(Routes routes) {
        routes.get(ROOT, Role.READ, this::list);
        routes.put(ROOT + "/{name}", Role.OPERATE, this::put);
    }

    private record Group(String name, boolean enabled, int sources) {}

    private record Groups(List<Group> groups) {}

    private void list(Context context) {
        Parameters.none(context);
        var filter = view.filter();
        var counts = counts();
        if (filter instanceof Filter.AllBut(var disabled)) {
            disabled.forEach(group -> counts.putIfAbsent(group, 0)); // one that was mistyped is seen
        }
        Json.answer(
                context,
                200,
                new Groups(counts.entrySet().stream()
                        .map(count -> new Group(count.getKey(), filter.accepts(count.getKey()), count.getValue()))
                        .toList()));
    }

    /** The groups that sources name, and how many do. */
    private SortedMap<String, Integer> counts() {
        var counts = new TreeMap<String, Integer>();
        String after = null;
        do {
            var page = view.sources(new SourceQuery(null, null, after, SourceQuery.MAX_LIMIT));
            page.sources()
                    .forEach(status -> status.source().groups().forEach(group -> counts.merge(group, 1, Integer::sum)));
            after = page.next();
        } while (after != null);
        return counts;
    }

    private void put(Context context) throws IOException, InterruptedException, StoreException {
        Parameters.none(context);
        var name = context.pathParam("name");
        if (name.isBlank() || name.length() > MAX_NAME) {
            throw new ProblemException(422, "group '" + Text.shorten(name, MAX_NAME) + "': 1 to 100 characters");
        }
        boolean enabled = Json.flag(Body.bytes(context), "enabled");
        book.group(name, enabled);
        Json.answer(context, 200, new Group(name, enabled, counts().getOrDefault(name, 0)));
    }
}
