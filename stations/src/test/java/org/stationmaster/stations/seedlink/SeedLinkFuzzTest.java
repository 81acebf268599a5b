package org.stationmaster.stations.seedlink;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.stationmaster.core.api.Secret;
import org.stationmaster.core.api.Session;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Task;
import org.stationmaster.stations.Feeding;
import org.stationmaster.testkit.RecordingConnection;
import org.stationmaster.testkit.RecordingSlot;

/** Any bytes in any pieces; see {@code DecoderFuzzTest}. */
@Tag("fuzz")
class SeedLinkFuzzTest {
    private static final int LIMIT = 512;

    @FuzzTest(maxDuration = "20s")
    void miniSeed(byte[] input) {
        Feeding.decoder(new MiniSeedDecoder(LIMIT), input, LIMIT, LIMIT);
    }

    @FuzzTest(maxDuration = "20s")
    void seedLink3(byte[] input) {
        Feeding.decoder(new SeedLinkDecoder(3, LIMIT), input, LIMIT, SeedLinkDecoder.mostBytes(LIMIT));
    }

    @FuzzTest(maxDuration = "20s")
    void seedLink4(byte[] input) {
        Feeding.decoder(new SeedLinkDecoder(4, LIMIT), input, LIMIT, SeedLinkDecoder.mostBytes(LIMIT));
    }

    @FuzzTest(maxDuration = "20s")
    void seedLinkSession(byte[] input) {
        var source = Source.builder("A", "seedlink", "127.0.0.1", 18000)
                .frameLimitBytes(LIMIT)
                .build();
        if (!(new SeedLink().taskFor(source) instanceof Task.Events events)) {
            throw new AssertionError("no events");
        }
        var session = events.open(new RecordingSlot(source), new RecordingConnection());
        Feeding.session(session, new byte[0], input, SeedLinkSession.LINE_LIMIT_BYTES);
        stations("SeedLink v3.1\r\nHere\r\n", UnaryOperator.identity(), input);
        stations(
                "SeedLink v4.0 :: SLPROTO:4.0\r\nHere\r\n",
                stationed -> stationed.user("ann").password(new Secret("s3cret")),
                input);
    }

    /** Two stations of one server, with selectors: the handshake of many. */
    private static void stations(String hello, UnaryOperator<Source.Builder> login, byte[] input) {
        Session session = null;
        for (var station : List.of("COLA", "ANMO")) {
            var source = login.apply(Source.builder(station, "seedlink", "127.0.0.1", 18000)
                            .option("network", "IU")
                            .option("station", station)
                            .option("selectors", "BHZ,00LH?")
                            .frameLimitBytes(LIMIT))
                    .build();
            var slot = new RecordingSlot(source);
            if (!(new SeedLink().taskFor(source) instanceof Task.Shared task)) {
                throw new AssertionError("not shared");
            }
            session = session == null ? task.open(slot, new RecordingConnection()) : session;
            task.join(session, slot, _ -> {});
        }
        Objects.requireNonNull(session);
        Feeding.session(session, hello.getBytes(StandardCharsets.US_ASCII), input, SeedLinkSession.LINE_LIMIT_BYTES);
    }

    /** The bytes as a server's answer to INFO, in XML and in JSON. */
    @FuzzTest(maxDuration = "20s")
    void seedLinkInfo(byte[] input) {
        var server = Source.of("server", "seedlink", "127.0.0.1", 18000);
        for (boolean isVersion3 : new boolean[] {true, false}) {
            try {
                for (var found : SeedLinkDiscovery.found(server, input, isVersion3)) {
                    new SeedLink().validate(found.source());
                }
            } catch (IOException e) {
                if (String.valueOf(e.getMessage()).isBlank()) {
                    throw new AssertionError("an end without words", e);
                }
            }
        }
    }
}
