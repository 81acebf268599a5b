package org.stationmaster.server;

import io.javalin.config.JettyConfig;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.LowResourceMonitor;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.server.inventory.Bind;

/**
 * The HTTP listener's limits. One thread accepts, one selector reads; HTTP/1.1 alone, so that connections bound the
 * requests that run at once.
 */
final class Listener {
    static final int MAX_CONNECTIONS = 128;
    private static final int MAX_HEADER_BYTES = 8 * 1024;
    private static final int MAX_THREADS = 8;
    private static final int MIN_THREADS = 2;
    /** One reads on while another serves a short request. */
    private static final int RESERVED_THREADS = 2;

    private static final int THREAD_IDLE_MILLIS = 60_000;
    static final int CONNECTION_IDLE_MILLIS = 30_000;
    private static final int STOP_MILLIS = 1_000;
    private static final int BACKLOG = 128;
    private static final long ACCEPT_FAILURE_EVERY_SECONDS = 60;
    private static final Logger LOG = LoggerFactory.getLogger(Listener.class);

    private Listener() {}

    /** What a listener works with. */
    record Parts(Faults faults, Answers answers, Crowd crowd, int idleMillis) {}

    /** @param tls null: plain HTTP */
    static void configure(JettyConfig jetty, Bind bind, @Nullable SSLContext tls, Parts parts) {
        var virtual = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("control-request-", 0).factory());
        jetty.threadPool = threads(virtual);
        jetty.modifyHttpConfiguration(Listener::limit);
        jetty.addConnector((server, http) -> connector(server, http, bind, tls, parts));
        jetty.modifyServer(server -> {
            server.setErrorHandler(new HttpErrors(parts.faults()));
            server.setStopTimeout(STOP_MILLIS);
            // Javalin's own monitor wakes every second; our limits are fixed, an idle endpoint stays asleep.
            server.getBeans(LowResourceMonitor.class).forEach(server::removeBean);
            server.addBean(new NetworkConnectionLimit(MAX_CONNECTIONS, server));
            server.setHandler(new RequestThreads(virtual, parts.crowd()));
            server.setRequestLog(parts.answers());
        });
        jetty.modifyServletContextHandler(context -> context.setErrorHandler(new HttpErrors(parts.faults())));
    }

    private static QueuedThreadPool threads(Executor virtual) {
        var threads = new QueuedThreadPool(MAX_THREADS, MIN_THREADS, THREAD_IDLE_MILLIS);
        threads.setName("control");
        threads.setReservedThreads(RESERVED_THREADS);
        threads.setVirtualThreadsExecutor(virtual);
        return threads;
    }

    private static void limit(HttpConfiguration http) {
        http.setSendServerVersion(false);
        http.setSendXPoweredBy(false);
        http.setRequestHeaderSize(MAX_HEADER_BYTES);
        http.addCustomizer((request, headers) -> {
            HttpErrors.secure(headers);
            return request;
        });
    }

    private static ServerConnector connector(
            Server server, HttpConfiguration http, Bind bind, @Nullable SSLContext tls, Parts parts) {
        var connector = new PausingConnector(
                server,
                factories(http, tls),
                TimeUnit.MILLISECONDS::sleep,
                new LimitedLog(LOG, 1, ACCEPT_FAILURE_EVERY_SECONDS, System::nanoTime));
        connector.setHost(bind.host());
        connector.setPort(bind.port());
        connector.setIdleTimeout(parts.idleMillis());
        connector.setAcceptQueueSize(BACKLOG);
        connector.addEventListener(new Patience(connector.getScheduler(), System::nanoTime));
        connector.addEventListener(parts.crowd());
        return connector;
    }

    private static ConnectionFactory[] factories(HttpConfiguration http, @Nullable SSLContext tls) {
        var plain = new HttpConnectionFactory(http);
        if (tls == null) {
            return new ConnectionFactory[] {plain};
        }
        var contexts = new SslContextFactory.Server();
        contexts.setSslContext(tls);
        contexts.setIncludeProtocols("TLSv1.3", "TLSv1.2");
        return new ConnectionFactory[] {new SslConnectionFactory(contexts, plain.getProtocol()), plain};
    }
}
