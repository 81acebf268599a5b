package org.stationmaster.stations.seedlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import edu.sc.seis.seisFile.seedlink.SeedlinkReader;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.testkit.NetworkPlan;
import org.stationmaster.testkit.StationNetwork;

/** The simulated server against a client by others: what it says is SeedLink 3. */
@Tag("system")
@Timeout(60)
class SeisFilePeerTest {
    @Test
    void anotherClientReadsWhatTheSimulatorSends() throws Exception {
        var plan = NetworkPlan.builder("seedlink").sources(2).rate(30).seed(3).build();
        try (var network = StationNetwork.start(plan)) {
            var reader = new SeedlinkReader("127.0.0.1", network.port(), 10, false);
            reader.selectData("SM", "S0001", List.of("00HHZ"));
            reader.endHandshake();
            var numbers = new ArrayList<String>();
            while (numbers.size() < 20) {
                var packet = reader.readPacket();
                var record = packet.getMiniSeed();
                var header = record.getHeader();
                assertThat(header.getStationIdentifier().strip()).isEqualTo("S0001");
                assertThat(header.getChannelIdentifier().strip()).isEqualTo("HHZ");
                assertThat(header.getNumSamples()).isEqualTo(96);
                assertThat(record.decompress().getAsInt()).hasSize(96);
                numbers.add(packet.getSeqNum());
            }
            reader.close();
            assertThat(numbers).isSorted();
            await().until(() -> network.snapshot().sent() >= 20);
        }
    }

    @Test
    void anotherClientReadsTheAnswerToInfo() throws Exception {
        var plan = NetworkPlan.builder("seedlink").sources(30).rate(1).build();
        try (var network = StationNetwork.start(plan)) {
            var reader = new SeedlinkReader("127.0.0.1", network.port(), 10, false);
            var xml = reader.getInfoString(SeedlinkReader.INFO_STREAMS);
            reader.close();
            assertThat(xml)
                    .contains("name=\"S000T\" network=\"SM\"")
                    .contains("seedname=\"HHE\"")
                    .endsWith("</seedlink>");
        }
    }
}
