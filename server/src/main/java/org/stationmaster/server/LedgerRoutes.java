package org.stationmaster.server;

import io.javalin.http.Context;
import java.io.IOException;
import org.stationmaster.core.api.InvalidSourceException;
import org.stationmaster.core.api.MachineView;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.Text;
import org.stationmaster.server.inventory.Role;
import org.stationmaster.server.ledger.Ledger;

/** {@code /api/v1/ledger}: when sources gave nothing, and why. */
final class LedgerRoutes {
    private final MachineView view;
    private final Ledger ledger;

    LedgerRoutes(MachineView view, Ledger ledger) {
        this.view = view;
        this.ledger = ledger;
    }

    void addTo(Routes routes) {
        routes.get("/api/v1/ledger", Role.READ, this::ledger);
    }

    private void ledger(Context context) {
        var window = Parameters.window(context);
        try {
            var told = ledger.told(window.source(), window.from(), window.to(), window.limit());
            if (window.source() != null && told.sources().isEmpty() && !isKnown(window.source())) {
                throw new ProblemException(
                        404,
                        "source '" + Text.shorten(window.source(), 80) + "' is not known, nor was it in that time");
            }
            Json.answer(context, 200, told);
        } catch (IllegalArgumentException e) {
            throw new ProblemException(400, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw new ProblemException(503, String.valueOf(e.getMessage()));
        }
    }

    private boolean isKnown(String source) {
        try {
            return view.source(new SourceId(source)).isPresent();
        } catch (InvalidSourceException e) {
            return false;
        }
    }
}
