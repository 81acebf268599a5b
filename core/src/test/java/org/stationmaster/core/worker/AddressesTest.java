package org.stationmaster.core.worker;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Tls;

/** A name with several addresses: each attempt tries the next one, until one connects. */
@Timeout(20)
class AddressesTest {
    private static final String UP = "127.0.0.1";
    private static final String DOWN = "127.0.0.2";

    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    private final NettyLoop loop = new NettyLoop(Thread::new);
    private final List<InetAddress> addresses = new ArrayList<>();
    private final Resolver resolver =
            new Resolver(Thread.ofPlatform().daemon().factory(), _ -> addresses.toArray(InetAddress[]::new));
    private final NettyDialer dialer = new NettyDialer(loop, resolver, new SharedReadBuffer());

    private final class Hearing implements Dialer.DialListener {
        @Override
        public void connected() {
            heard.add("connected");
        }

        @Override
        public void bytes(ByteBuffer bytes) {}

        @Override
        public void ended(EndReason reason, String detail) {
            heard.add(reason.toString());
        }
    }

    @AfterEach
    void end() throws Exception {
        loop.shutdown().get(10, TimeUnit.SECONDS);
        resolver.shutdown();
    }

    private String dial(Source source) throws InterruptedException {
        loop.execute(() -> dialer.dial(source, new Hearing()));
        return heard.take();
    }

    @Test
    void theNextAttemptTriesTheNextAddress() throws Exception {
        addresses.add(InetAddress.ofLiteral(DOWN));
        addresses.add(InetAddress.ofLiteral(UP));
        try (var server = new ServerSocket(0, 10, InetAddress.ofLiteral(UP))) {
            var source = Source.of("QSCO", "tcp-lines", "station.example", server.getLocalPort());
            assertThat(dial(source)).isEqualTo("UNREACHABLE");
            assertThat(dial(source)).isEqualTo("connected");
            assertThat(dial(source))
                    .as("after a connection it begins with the first again")
                    .isEqualTo("UNREACHABLE");
        }
    }

    /** Of sources that share a connection now one dials, now another. */
    @Test
    void whatOneSourceTriedInVainAnotherOfThatHostDoesNotTryAgain() throws Exception {
        addresses.add(InetAddress.ofLiteral(DOWN));
        addresses.add(InetAddress.ofLiteral(UP));
        try (var server = new ServerSocket(0, 10, InetAddress.ofLiteral(UP))) {
            int port = server.getLocalPort();
            assertThat(dial(Source.of("A", "tcp-lines", "station.example", port)))
                    .isEqualTo("UNREACHABLE");
            assertThat(dial(Source.of("B", "tcp-lines", "station.example", port)))
                    .isEqualTo("connected");
            assertThat(dial(Source.of("C", "tcp-lines", "station.example", port + 1)))
                    .as("another port is another server")
                    .isEqualTo("UNREACHABLE");
        }
    }

    @Test
    void anAddressWithoutTlsIsTriedInVainToo() throws Exception {
        addresses.add(InetAddress.ofLiteral(DOWN));
        addresses.add(InetAddress.ofLiteral(UP));
        try (var server = new ServerSocket(0, 10, InetAddress.ofLiteral(DOWN));
                var other = new ServerSocket(server.getLocalPort(), 10, InetAddress.ofLiteral(UP))) {
            var source = Source.builder("QSCO", "tcp-lines", "station.example", server.getLocalPort())
                    .tls(Tls.DEFAULT)
                    .build();
            for (var one : List.of(server, other)) {
                loop.execute(() -> dialer.dial(source, new Hearing()));
                try (var accepted = one.accept()) {
                    accepted.getOutputStream().write("220 no TLS here\r\n".getBytes(US_ASCII));
                }
                assertThat(heard.take()).isIn("TLS", "RESET", "ENDED");
            }
        }
    }

    @Test
    void afterTheLastComesTheFirst() throws Exception {
        addresses.add(InetAddress.ofLiteral(UP));
        addresses.add(InetAddress.ofLiteral(DOWN));
        int port;
        try (var server = new ServerSocket(0, 10, InetAddress.ofLiteral(UP))) {
            port = server.getLocalPort();
        }
        var source = Source.of("QSCO", "tcp-lines", "station.example", port);
        assertThat(dial(source)).isEqualTo("UNREACHABLE");
        assertThat(dial(source)).isEqualTo("UNREACHABLE");
        try (var server = new ServerSocket(port, 10, InetAddress.ofLiteral(UP))) {
            assertThat(server.isBound()).isTrue();
            assertThat(dial(source)).isEqualTo("connected");
        }
    }
}
