package org.stationmaster.core.worker;

import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.Source;

/** Dials for a worker's slots; where the station calls, the answer comes when it does. */
final class CallDialer implements Dialer {
    private final Dialer others;
    private final NettyLoop loop;
    private final Calls calls;
    private final SharedReadBuffer buffer;

    /** @param others for sources that are connected to */
    CallDialer(Dialer others, NettyLoop loop, Calls calls, SharedReadBuffer buffer) {
        this.others = others;
        this.loop = loop;
        this.calls = calls;
        this.buffer = buffer;
    }

    @Override
    public Dialled dial(Source source, DialListener listener) {
        if (!source.isDialIn()) {
            return others.dial(source, listener);
        }
        var connection = new CalledConnection(source, listener, loop, calls, buffer);
        var refusal = calls.dial(connection);
        if (!refusal.isEmpty()) {
            loop.execute(() -> connection.end(EndReason.REFUSED, refusal));
        }
        return connection;
    }

    @Override
    public void expect(Source source, boolean paused) {
        if (source.isDialIn()) {
            calls.expect(source, paused);
        }
    }

    @Override
    public boolean letsGoUncalled(Source source) {
        return source.isDialIn() && calls.asksFor(source);
    }

    @Override
    public boolean isWaiting(Source source) {
        return calls.isWaiting(source);
    }

    @Override
    public void forget(Source source) {
        if (source.isDialIn()) {
            calls.forget(source);
        }
    }
}
