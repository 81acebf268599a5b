package org.stationmaster.server;

import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import io.javalin.router.JavalinDefaultRoutingApi;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.stationmaster.server.inventory.Role;

/** What can be called, each with the role it takes. */
final class Routes {
    private final List<Route> all = new ArrayList<>();

    /**
     * One call.
     *
     * @param path with its parameters in braces
     * @param role null: open to everybody
     */
    record Route(HandlerType method, String path, @Nullable Role role, Handler handler) {}

    void get(String path, @Nullable Role role, Handler handler) {
        all.add(new Route(HandlerType.GET, path, role, handler));
    }

    void put(String path, Role role, Handler handler) {
        all.add(new Route(HandlerType.PUT, path, role, handler));
    }

    void post(String path, Role role, Handler handler) {
        all.add(new Route(HandlerType.POST, path, role, handler));
    }

    void delete(String path, Role role, Handler handler) {
        all.add(new Route(HandlerType.DELETE, path, role, handler));
    }

    List<Route> all() {
        return List.copyOf(all);
    }

    void addTo(JavalinDefaultRoutingApi api, Access access) {
        for (var route : all) {
            var role = route.role();
            var handler = role == null ? route.handler() : access.guarding(role, route.handler());
            api.addHttpHandler(route.method(), route.path(), handler);
            if (route.method().equals(HandlerType.GET)) { // else it would be answered without a look at who asks
                api.addHttpHandler(HandlerType.HEAD, route.path(), handler);
            }
        }
    }
}
