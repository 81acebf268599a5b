package org.stationmaster.server;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/**
 * A listener with one selector, and a thread that accepts: it pauses when there is no descriptor for a connection, so
 * that those that are open are served meanwhile. Without the pause it would turn for nothing, since who is not accepted
 * stays in the queue.
 */
final class PausingConnector extends ServerConnector {
    private static final long PAUSE_MILLIS = 100;

    /** Waits; an interrupt ends the wait. */
    interface Pause {
        void forMillis(long millis) throws InterruptedException;
    }

    private final Pause pause;
    private final LimitedLog log;

    PausingConnector(Server server, ConnectionFactory[] factories, Pause pause, LimitedLog log) {
        super(server, 1, 1, factories);
        this.pause = pause;
        this.log = log;
    }

    /** On the thread that accepts; false ends it. */
    @Override
    protected boolean handleAcceptFailure(Throwable failure) {
        if (!isRunning() || !(failure instanceof IOException) || failure instanceof ClosedChannelException) {
            return super.handleAcceptFailure(failure);
        }
        log.warn("the control endpoint cannot accept a connection: " + failure.getMessage() + "; tried again each "
                + PAUSE_MILLIS + " ms. When files are too many, raise LimitNOFILE");
        try {
            pause.forMillis(PAUSE_MILLIS);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    protected void doStop() throws Exception {
        super.doStop();
        log.close();
    }
}
