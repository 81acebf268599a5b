package org.stationmaster.core.worker;

import java.nio.ByteBuffer;
import org.stationmaster.core.api.Connection;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.Source;

/** Makes connections for the slots of one worker. Called on its loop; answers on its loop. */
interface Dialer {
    /** Begins to connect. The listener hears {@code ended} once, whatever happens, unless it is closed first. */
    Dialled dial(Source source, DialListener listener);

    /** A source has a slot: its station may call from now on, unless it is paused. */
    default void expect(Source source, boolean paused) {}

    /** Whether the source, whose station calls, has a slot only while there is a call for it. */
    default boolean letsGoUncalled(Source source) {
        return false;
    }

    /** Whether a dial for the source, whose station calls, has found no call so far. */
    default boolean isWaiting(Source source) {
        return true;
    }

    /** The source's activation is over: a station that calls for it is a stranger now. */
    default void forget(Source source) {}

    /** A connection, or the attempt of one. Called on the loop, but for the writes. */
    interface Dialled extends Connection {
        /** Ends it at once; the listener hears nothing more. */
        void close();

        /** Says that we send no more (FIN), so that the peer can end in order; reading goes on. */
        void finish();

        /** Whether to read from the socket. */
        void reading(boolean allowed);
    }

    /** Hears what happens to it; on the loop. */
    interface DialListener {
        void connected();

        /** Bytes that have arrived, position to limit; valid during the call. */
        void bytes(ByteBuffer bytes);

        void ended(EndReason reason, String detail);
    }
}
