package org.stationmaster.stations.seedlink;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Slot;

/** One source in a session: what it wants, and where its records go. On the worker's loop. */
final class Member {
    final Slot slot;
    final Subscription subscription;

    /** How its part ends while the session goes on; null: it is the session's only one. */
    private @Nullable Consumer<ProtocolException> end;

    private boolean refused;

    Member(Slot slot, Subscription subscription) {
        this.slot = slot;
        this.subscription = subscription;
    }

    void onEnd(Consumer<ProtocolException> listener) {
        end = listener;
    }

    /** The server does not want it. */
    void refuse(ProtocolException why) {
        refused = true;
        var listener = end;
        if (listener != null) {
            listener.accept(why);
        }
    }

    boolean isRefused() {
        return refused;
    }
}
