package org.stationmaster.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** Out of descriptors: a pause after each failure, and a line a minute. */
@Timeout(30)
class PausingConnectorTest {
    private final IOException noDescriptor = new IOException("Too many open files");

    private final LogTrap trap = new LogTrap(PausingConnectorTest.class);
    private final AtomicLong nanos = new AtomicLong();
    private final List<Long> pauses = new ArrayList<>();
    private final Server server = new Server(new QueuedThreadPool(4, 1));
    private final PausingConnector connector = new PausingConnector(
            server,
            new ConnectionFactory[] {new HttpConnectionFactory()},
            this::pause,
            new LimitedLog(LoggerFactory.getLogger(PausingConnectorTest.class), 1, 60, nanos::get));
    private boolean interrupted;

    private void pause(long millis) throws InterruptedException {
        if (interrupted) {
            throw new InterruptedException();
        }
        pauses.add(millis);
        nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    @BeforeEach
    void start() throws Exception {
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        server.start();
    }

    @AfterEach
    void stop() throws Exception {
        server.stop();
        trap.close();
    }

    @Test
    void eachFailureIsFollowedByAPauseAndOneLineAMinuteTellsOfAll() throws Exception {
        for (int i = 0; i < 650; i++) {
            assertThat(connector.handleAcceptFailure(noDescriptor)).isTrue();
        }
        assertThat(pauses).hasSize(650).containsOnly(100L);
        var line = "the control endpoint cannot accept a connection: Too many open files; tried again each 100 ms."
                + " When files are too many, raise LimitNOFILE";
        assertThat(trap.lines(Level.WARN)).containsExactly(line, "599 more lines like these were left out", line);
        server.stop();
        assertThat(trap.lines(Level.WARN)).last().isEqualTo("49 more lines like these were left out");
    }

    @Test
    void whatIsNoWantOfDescriptorsIsNotOurs() throws Exception {
        server.stop();
        assertThat(connector.handleAcceptFailure(noDescriptor)).as("stopped").isFalse();
        assertThat(connector.handleAcceptFailure(new AsynchronousCloseException()))
                .isFalse();
        assertThat(trap.lines(Level.WARN)).isEmpty();
    }

    @Test
    void anInterruptEndsTheThreadThatAccepts() {
        interrupted = true;
        assertThat(connector.handleAcceptFailure(noDescriptor)).isFalse();
        assertThat(Thread.interrupted()).isTrue();
    }
}
