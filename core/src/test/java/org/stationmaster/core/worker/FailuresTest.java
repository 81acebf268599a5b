package org.stationmaster.core.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.NotSslRecordException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stationmaster.core.api.EndReason;

class FailuresTest {
    @ParameterizedTest
    @CsvSource({
        "finishConnect(..) failed: Connection refused: /127.0.0.1:1, Connection refused: 127.0.0.1:1",
        "finishConnect(..) failed with error(-113): No route to host: a/10.0.0.1:1, No route to host: a/10.0.0.1:1",
        "connect(..) failed: Network is unreachable: a/10.0.0.1:1, Network is unreachable: a/10.0.0.1:1",
        "Connection refused: /127.0.0.1:1, Connection refused: 127.0.0.1:1",
        "connection timed out after 9 ms: 10.0.0.1/10.0.0.1:1, connection timed out after 9 ms: 10.0.0.1:1",
        "connection timed out: 10.0.0.1.example/10.0.0.1:1, connection timed out: 10.0.0.1.example/10.0.0.1:1",
    })
    void whatTheSystemSaysIsToldWithoutTheCall(String said, String told) {
        assertThat(Failures.describe(new ConnectException(said))).isEqualTo(told);
        assertThat(Failures.describe(new NoRouteToHostException(said))).isEqualTo(told);
    }

    @Test
    void whereTheSystemsWordsAreMissingTheTypeIsTold() {
        var said = "null: a/10.0.0.1:1";
        assertThat(Failures.describe(new ConnectException(said))).isEqualTo("the connect failed: a/10.0.0.1:1");
        assertThat(Failures.describe(new NoRouteToHostException(said))).isEqualTo("no route to the host: a/10.0.0.1:1");
    }

    @Test
    void anUnknownHostIsNamed() {
        assertThat(Failures.describe(new UnknownHostException("nowhere.example")))
                .isEqualTo("no address is known for nowhere.example");
    }

    /** Netty's message is a dump of what came: a password, perhaps. */
    @Test
    void whatIsNoTlsIsNotShown() {
        var failure = new DecoderException(new NotSslRecordException("not an SSL/TLS record: 534f55524345"));
        assertThat(Failures.describe(failure)).isEqualTo("it does not speak TLS");
        assertThat(Failures.reason(failure)).isEqualTo(EndReason.TLS);
    }

    @Test
    void ofALostConnectionTheSystemsWordsAreTold() {
        var said = "recvAddress(..) failed with error(-104): Connection reset by peer";
        assertThat(Failures.describe(new IOException(said))).isEqualTo("Connection reset by peer");
    }
}
