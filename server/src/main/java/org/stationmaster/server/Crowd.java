package org.stationmaster.server;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.eclipse.jetty.io.Connection;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which connections may stand. Who comes when his address has its {@link #SHARE}, or when nearly all are taken, makes the one go that
 * has had no whole request in hand for longest: of his address, or of all. So clients that hold connections and ask nothing
 * keep nobody out; a request that is served, and a stream, are left alone. Safe from any thread.
 */
final class Crowd implements Connection.Listener, AutoCloseable {
    static final Share SHARE = new Share(32, 96);
    /** Room is made before the listener stops accepting. */
    static final int MOST = Listener.MAX_CONNECTIONS - 8;

    private static final Logger LOG = LoggerFactory.getLogger(Crowd.class);

    /** Each with its address, those first that have had nothing in hand for longest; guarded by this object. */
    private final Map<Connection, String> open = new LinkedHashMap<>();
    /** Those of them with a whole request that is not answered whole; guarded by this object. */
    private final Set<Connection> inHand = new HashSet<>();

    private final AtomicLong closed = new AtomicLong();
    private final LimitedLog log;

    Crowd(LongSupplier nanoTime) {
        this.log = new LimitedLog(LOG, 1, 60, nanoTime);
    }

    @Override
    public void onOpened(Connection connection) {
        if (connection.getMessagesIn() < 0) { // TLS below HTTP: its HTTP connection counts
            return;
        }
        var leaves = enter(connection, address(connection.getEndPoint().getRemoteSocketAddress()));
        if (leaves != null) {
            closed.incrementAndGet();
            log.warn("a connection of " + address(leaves.getEndPoint().getRemoteSocketAddress())
                    + " was closed to make room: it had no request in hand");
            leaves.getEndPoint().close();
        }
    }

    /** Who must go for it; null: nobody. */
    private synchronized @Nullable Connection enter(Connection connection, String address) {
        open.put(connection, address);
        long own = open.values().stream().filter(address::equals).count();
        if (own > SHARE.of(address)) {
            return leave(address::equals);
        }
        return open.size() > MOST ? leave(_ -> true) : null;
    }

    /** The newcomer is the last of them, and has nothing in hand. */
    private @Nullable Connection leave(Predicate<String> addresses) {
        for (var one : open.entrySet()) {
            if (addresses.test(one.getValue()) && !inHand.contains(one.getKey())) {
                open.remove(one.getKey());
                return one.getKey();
            }
        }
        return null;
    }

    private static String address(@Nullable SocketAddress peer) {
        return peer instanceof InetSocketAddress inet && inet.getAddress() != null
                ? inet.getAddress().getHostAddress()
                : "unknown";
    }

    @Override
    public synchronized void onClosed(Connection connection) {
        open.remove(connection);
        inHand.remove(connection);
    }

    /** It has a whole request. */
    synchronized void begins(Connection connection) {
        if (open.containsKey(connection)) {
            inHand.add(connection);
        }
    }

    /** The answer was given, or failed. */
    synchronized void ends(Connection connection) {
        inHand.remove(connection);
        var address = open.remove(connection);
        if (address != null) {
            open.put(connection, address); // now it is the last that would go
        }
    }

    /** How many were closed to make room. */
    long closed() {
        return closed.get();
    }

    /** Tells what was left out. */
    @Override
    public void close() {
        log.close();
    }
}
