package org.stationmaster.app;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Clock;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;

/** Over the control endpoint; a machine that was seen once and answers no more is told as it was. */
final class RemoteSight implements Sight {
    private static final String PATH = "/api/v1/machine";
    private static final long RATE_MILLIS = 1_000;

    private final Remote remote;
    private final Clock clock;
    private final int rows;
    private final Trend trend = new Trend();
    private RemoteView.@Nullable Seen seen;

    /** @param rows how many alarms to name */
    RemoteSight(Remote remote, Clock clock, int rows) {
        this.remote = remote;
        this.clock = clock;
        this.rows = rows;
    }

    @Override
    public void look() throws Failure, InterruptedException {
        var before = seen;
        try {
            var told = remote.look(PATH).json("/size/workers");
            var machine = RemoteView.snapshot(told, clock.nanoTime());
            seen = new RemoteView.Seen(remote.base(), told, machine, trend.add(machine), null);
        } catch (Failure e) {
            if (before == null) {
                throw e;
            }
            seen = before.lost(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public void settle(StopSignals signals) throws Failure, InterruptedException {
        look();
        signals.await(RATE_MILLIS);
        look();
    }

    @Override
    public void feel() {}

    @Override
    public boolean isAlive() {
        return seen().lost() == null;
    }

    /** What the machine told, with its address and the rate of records. */
    @Override
    public Object json() {
        var document = new LinkedHashMap<String, Object>();
        document.put("url", remote.base());
        document.put("recordsPerSecond", Json.round(seen().rates().recordsPerSecond()));
        document.putAll(Remote.MAPPER.convertValue(told(), new TypeReference<Map<String, Object>>() {}));
        return document;
    }

    private JsonNode told() {
        return seen().told();
    }

    @Override
    public List<String> report(Instant now, Look look) {
        return new RemoteView(seen(), now, look, rows).report();
    }

    @Override
    public List<String> screen(Instant now, Look look) {
        return new RemoteView(seen(), now, look, rows).screen();
    }

    @Override
    public String line(Instant now) {
        return RemoteView.line(seen(), now);
    }

    private RemoteView.Seen seen() {
        return Objects.requireNonNull(seen, "no look yet");
    }
}
