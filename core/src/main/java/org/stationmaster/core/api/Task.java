package org.stationmaster.core.api;

import java.util.function.Consumer;

/**
 * The always-on work for one source. The slot that holds it starts it, starts it again when it ends or fails, and
 * stops it; a task that returns has ended its connection, not its life.
 *
 * <p>Three shapes: {@link Blocking} and {@link Bidirectional} run on virtual threads and read like a script;
 * {@link Events} runs on the worker's event loop and must never block.
 */
public sealed interface Task {
    /** A task that only listens: network → service. */
    static Task blocking(Blocking body) {
        return body;
    }

    /** A task made of the origin's three actions. */
    static <L extends AutoCloseable> Task bidirectional(Bidirectional<L> actions) {
        return actions;
    }

    /** A task on the worker's event loop: the machine connects, the session speaks. */
    static Task events(Events sessions) {
        return sessions;
    }

    /** Unidirectional and blocking, one virtual thread. */
    @FunctionalInterface
    non-sealed interface Blocking extends Task {
        /**
         * Works for the slot's source until {@link Slot#isActive()} is false or the connection ends.
         *
         * @throws InterruptedException when told to stop while waiting; let it pass
         * @throws Exception whatever went wrong; the slot counts it, backs off and runs the task again
         */
        void run(Slot slot) throws Exception;
    }

    /**
     * Bidirectional and blocking: two directions over one link. After {@link #runTask} the slot runs
     * {@link #networkToService} on a virtual thread until it ends, and {@link #serviceToNetwork} on another, one
     * command after the other. The link is closed when either direction ends.
     *
     * @param <L> what both directions share, most often a {@link Link}
     */
    non-sealed interface Bidirectional<L extends AutoCloseable> extends Task {
        /** Start: opens what the two directions share ({@code run_task} in the origin). */
        L runTask(Slot slot) throws Exception;

        /** Network → service: reads and emits until the link ends ({@code net2service}). */
        void networkToService(Slot slot, L link) throws Exception;

        /**
         * Service → network: carries one command to the station ({@code service2net}). To return is to acknowledge
         * it; to throw is to refuse it, with the exception's message as the reason.
         */
        void serviceToNetwork(Slot slot, L link, byte[] command) throws Exception;
    }

    /** Makes the session that speaks over each new connection. */
    @FunctionalInterface
    non-sealed interface Events extends Task {
        /** Called on the worker's loop when the connection stands. */
        Session open(Slot slot, Connection connection);
    }

    /**
     * Events of several sources over one connection: those of one worker whose host, port, TLS, login and {@link #key} are
     * the same. {@link #open} makes the session for the first of them, {@link #join} adds each, the first one too.
     */
    interface Shared extends Events {
        /** Sources with the same key share. */
        String key();

        /**
         * Adds this source to a session that another one, or this one, has opened. On the worker's loop.
         *
         * @param end ends this source's part, when the peer refuses it alone; the connection goes on
         * @return false: the session can take no more, or not this one; the machine opens another connection
         */
        boolean join(Session session, Slot slot, Consumer<ProtocolException> end);
    }
}
