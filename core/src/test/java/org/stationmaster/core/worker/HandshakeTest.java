package org.stationmaster.core.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.stationmaster.core.fixtures.Await.await;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.Tls;
import org.stationmaster.core.fixtures.TestCertificates;
import org.stationmaster.core.fixtures.TestStation;

/** A handshake is computed beside the loop, which goes on with the records of the others meanwhile. */
@Tag("system")
@Timeout(60)
class HandshakeTest {
    @TempDir
    private Path directory;

    private final CompletableFuture<Void> connected = new CompletableFuture<>();

    /** One thread looks the name up; it has ended before the handshake needs another. */
    @Test
    void aHandshakeWithoutAThreadOfItsOwnDoesNotGoOnOnTheLoop() throws Exception {
        var threads = new AtomicInteger();
        var resolver = new Resolver(task -> Thread.ofPlatform()
                .daemon()
                .unstarted(threads.incrementAndGet() == 1 ? task : () -> {})); // the second one dies at once
        var loop = new NettyLoop(Thread::new);
        var certificates = new TestCertificates(directory, "own");
        try (var station = new TestStation(certificates.server().getServerSocketFactory(), (socket, number) -> {
            TestStation.untilEnd(socket);
        })) {
            var source = station.source("QSCO")
                    .tls(new Tls(certificates.certificate(), null, null, null))
                    .build();
            var connection = new NettyDialer(loop, resolver, new SharedReadBuffer()).dial(source, listener());
            await().until(() -> threads.get() >= 2);
            var turned = new CompletableFuture<Void>();
            loop.execute(() -> turned.complete(null));
            turned.get(10, TimeUnit.SECONDS);
            assertThat(connected).isNotDone();
            loop.execute(connection::close);
        } finally {
            loop.shutdown().get(10, TimeUnit.SECONDS);
            resolver.shutdown();
        }
    }

    private Dialer.DialListener listener() {
        return new Dialer.DialListener() {
            @Override
            public void connected() {
                connected.complete(null);
            }

            @Override
            public void bytes(ByteBuffer bytes) {}

            @Override
            public void ended(EndReason reason, String detail) {}
        };
    }
}
