package org.stationmaster.stations.seedlink;

import java.util.function.Consumer;
import org.stationmaster.core.api.Connection;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Session;
import org.stationmaster.core.api.Slot;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Task;

/** A station of a server: with others over one connection, and how far it has come. */
final class SeedLinkTask implements Task.Shared {
    private final String key;
    private final Subscription subscription;

    SeedLinkTask(Source source) {
        this.key = key(source);
        this.subscription = new Subscription(source);
    }

    /** Who has the same shares a connection: a name, and what must be equal for it. */
    static String key(Source source) {
        var options = source.options();
        return options.getOrDefault(SeedLink.CONNECTION, "")
                + '\n'
                + options.getOrDefault(SeedLink.VERSION, "auto")
                + '\n'
                + source.frameLimitBytes();
    }

    @Override
    public String key() {
        return key;
    }

    @Override
    public Session open(Slot slot, Connection connection) {
        return new SeedLinkSession(new Member(slot, subscription), connection);
    }

    @Override
    public boolean join(Session session, Slot slot, Consumer<ProtocolException> end) {
        return session instanceof SeedLinkSession shared && shared.join(slot, subscription, end);
    }
}
