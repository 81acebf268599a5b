package org.stationmaster.core.api;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * How the stations of a protocol call in: who connects says first who he is. Stateless. With worker processes it is built anew in
 * each: a named public class with a public no-argument constructor.
 */
public interface DialIn {
    /** By which name a source's station calls; of the sources of a protocol that are called, one has it. */
    String name(Source source);

    /** The longest greeting: who has sent so much without one is refused. */
    int limitBytes();

    /**
     * Looks for a greeting at the position. Behind the call the position is at the session's first byte. Pure; called from the
     * listener's thread, again with more bytes in the same place, and from the supervisor's.
     *
     * @return null: more must come
     * @throws ProtocolException these bytes begin no greeting
     */
    @Nullable
    Greeting read(ByteBuffer bytes) throws ProtocolException;

    /** Whether a certificate can stand in place of the greeting: then the source's id is its name. */
    boolean goesByCertificate();

    /** Who calls. */
    interface Greeting {
        /** As of {@link DialIn#name}; it comes from a stranger. */
        String name();

        /** Whether what it brought as a secret is the source's. Compare in constant time. */
        default boolean isFrom(Source source) {
            return true;
        }

        /** What to tell a caller who is not taken; empty: it gets a reset, for it may have sent records by now. */
        default byte[] refusal(Refusal why) {
            return new byte[0];
        }
    }

    /** Why a call was not taken. */
    enum Refusal {
        /** No TLS, or a certificate that is not trusted. */
        TLS,
        /** No greeting in time. */
        SLOW,
        /** No greeting, or an end before it. */
        GARBAGE,
        /** No source that runs here is called by that name. */
        UNKNOWN,
        /** The secret is not the source's. */
        LOGIN,
        /** The source has a connection, and its listener says {@code secondCall: refuse}. */
        SECOND,
        /** The source is paused. */
        PAUSED,
        /** The worker process where the call came in has no slot for its source. */
        NO_SLOT,
        /** The source did not take it in time, or a newer call came. */
        UNWANTED,
        /** Too many at once were neither greeted nor taken; the eldest had to go. */
        CROWDED
    }
}
