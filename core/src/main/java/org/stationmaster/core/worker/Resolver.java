package org.stationmaster.core.worker;

import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.TlsContexts;

/**
 * Does what would hold a loop up before a connection is open: looks up names, reads certificates, computes the handshakes of TLS
 * (a millisecond or more each: a thousand at once would stop the records of all). Its threads end when idle. Questions
 * that wait are bounded; one whose asker has left meanwhile, a connect that took too long, costs no look-up.
 */
public final class Resolver {
    /** A name that nobody answers holds a thread for seconds; the others must not wait for it. */
    private static final int THREADS = 16;

    private static final long IDLE_SECONDS = 10;
    /** With names that nobody answers, questions come faster than they are answered. */
    private static final int WAITING = 16_384;

    private final ThreadPoolExecutor pool;
    /** Of its own: names that nobody answers must not hold up those who are connected already. */
    private final ThreadPoolExecutor handshakes;

    private final Names names;

    /**
     * @param addresses all that the name has, at least one, in the order of the system's resolver
     * @param tls null without TLS
     */
    record Resolved(List<InetAddress> addresses, @Nullable SSLContext tls) {}

    /** Finds the addresses of a name; blocks. */
    interface Names {
        InetAddress[] of(String host) throws UnknownHostException;
    }

    /** Hears the answer, on a thread of the resolver. */
    interface Answer {
        /** Whether the asker still waits; any thread. */
        boolean isWanted();

        void resolved(Resolved resolved);

        void failed(IOException cause);
    }

    public Resolver(ThreadFactory threads) {
        this(threads, InetAddress::getAllByName);
    }

    Resolver(ThreadFactory threads, Names names) {
        this.names = names;
        pool = pool(THREADS, WAITING, threads);
        handshakes = pool(Runtime.getRuntime().availableProcessors(), WAITING, threads);
    }

    /** Its threads end when idle; one task more than wait is refused. */
    static ThreadPoolExecutor pool(int size, int waiting, ThreadFactory threads) {
        var pool = new ThreadPoolExecutor(
                size, size, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(waiting), threads);
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /** Where handshakes are computed; one more than it can hold is refused, and that connection fails. */
    Executor handshakes() {
        return handshakes;
    }

    /** The address, when the host is one and there is no certificate to read: no need to ask. */
    static @Nullable InetAddress literal(Source source) {
        var bytes = NetUtil.createByteArrayFromIpAddressString(source.host());
        if (bytes == null || source.tls() != null) {
            return null;
        }
        try {
            return InetAddress.getByAddress(source.host(), bytes);
        } catch (IOException e) {
            return null;
        }
    }

    void resolve(Source source, Answer answer) {
        if (pool.isShutdown()) {
            return;
        }
        try {
            pool.execute(() -> {
                if (answer.isWanted()) {
                    lookUp(source, answer);
                }
            });
        } catch (RejectedExecutionException e) {
            answer.failed(
                    new IOException("more than " + WAITING + " names wait to be looked up: see to the resolver", e));
        }
    }

    private void lookUp(Source source, Answer answer) {
        try {
            var tls = source.tls();
            answer.resolved(
                    new Resolved(List.of(names.of(source.host())), tls == null ? null : TlsContexts.client(tls)));
        } catch (IOException e) {
            answer.failed(e);
        } catch (RuntimeException e) {
            answer.failed(new IOException(e));
        }
    }

    public void shutdown() {
        pool.shutdownNow();
        handshakes.shutdownNow();
    }
}
