package org.stationmaster.core.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.socket.nio.NioSocketChannel;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.Source;

/** A process that is out of descriptors: a dial fails as any other, on the loop, and can be closed. */
@Timeout(20)
class NoSocketTest {
    /** Stands for a channel whose socket could not be made. */
    private static final class NoSocket extends NioSocketChannel {
        private NoSocket() {
            throw new IllegalStateException("too many open files");
        }
    }

    @Test
    void aDialWithoutASocketEndsOnTheLoop() throws Exception {
        var loop = new NettyLoop(Thread::new);
        var resolver = new Resolver(Thread::new);
        var thread = new CompletableFuture<Thread>();
        loop.execute(() -> thread.complete(Thread.currentThread()));
        var ended = new CompletableFuture<EndReason>();
        var endedOn = new CompletableFuture<Thread>();
        var connection = new NettyDialer(loop, resolver, new SharedReadBuffer(), NoSocket::new)
                .dial(Source.of("QSCO", "tcp-lines", "127.0.0.1", 7001), new Dialer.DialListener() {
                    @Override
                    public void connected() {}

                    @Override
                    public void bytes(ByteBuffer bytes) {}

                    @Override
                    public void ended(EndReason reason, String detail) {
                        endedOn.complete(Thread.currentThread());
                        ended.complete(reason);
                    }
                });
        try {
            assertThat(ended.get(10, TimeUnit.SECONDS)).isEqualTo(EndReason.UNREACHABLE);
            assertThat(endedOn.get()).isSameAs(thread.get(10, TimeUnit.SECONDS));
            connection.close();
        } finally {
            loop.shutdown().get(10, TimeUnit.SECONDS);
            resolver.shutdown();
        }
    }
}
