package org.stationmaster.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.stationmaster.server.Endpoint.SOURCE;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What Prometheus reads, and what the Grafana dashboard asks of it. */
@Timeout(60)
@ExtendWith(Endpoint.Shared.class)
class MetricsTest {
    private static final Pattern NAME = Pattern.compile("stationmaster_[a-z0-9_]+");

    private final Endpoint endpoint;

    MetricsTest(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    private String scrape() throws IOException {
        var response = endpoint.get("/metrics");
        assertThat(response.status()).as(response.body()).isEqualTo(200);
        assertThat(response.header("content-type")).startsWith("text/plain");
        return response.body();
    }

    @Test
    void theMachineIsTold() throws IOException {
        endpoint.put("A1", SOURCE);
        assertThat(scrape().lines())
                .contains(
                        "stationmaster_records_total 7.0",
                        "stationmaster_received_bytes_total 700.0",
                        "stationmaster_corrupt_total 2.0",
                        "stationmaster_corrupt_bytes_total 20.0",
                        "stationmaster_ends_total{reason=\"RESET\"} 1.0",
                        "stationmaster_sources{state=\"RUNNING\"} 1.0",
                        "stationmaster_worker_up{worker=\"w0\"} 1.0",
                        "stationmaster_worker_cpu{worker=\"w0\"} 0.5",
                        "stationmaster_headroom_sources 412.0",
                        "stationmaster_headroom_rate_hertz 1.0",
                        "stationmaster_cost_ratio 1.25",
                        "stationmaster_slots{state=\"IDLE\",worker=\"w0\"} 250.0",
                        "stationmaster_sink_delivered_total{sink=\"archive\"} 6.0",
                        "stationmaster_sink_delivery_seconds{sink=\"archive\"} 0.2125",
                        "stationmaster_wake_seconds{quantile=\"0.99\"} 5.0E-4",
                        "stationmaster_latency_seconds{quantile=\"0.5\"} 0.12",
                        "stationmaster_sources_untold 0.0",
                        "stationmaster_source_records_total{source=\"A1\"} 7.0");
    }

    @Test
    void aSourceThatIsGoneHasNoSeriesAndTooManyHaveNone() throws IOException {
        endpoint.put("A1", SOURCE);
        assertThat(scrape()).contains("source=\"A1\"");
        endpoint.http.call("DELETE", Endpoint.SOURCES + "/A1", "");
        assertThat(scrape()).doesNotContain("source=\"A1\"");
        var many = new StringBuilder();
        for (int i = 0; i <= MetricRoutes.MOST_SOURCES; i++) {
            many.append(SOURCE.replace("{", "{\"id\":\"S" + i + "\",")).append('\n');
        }
        assertThat(endpoint.post(Endpoint.SOURCES, many.toString()).status()).isEqualTo(200);
        assertThat(scrape())
                .doesNotContain("source=\"")
                .contains("stationmaster_sources_untold " + (MetricRoutes.MOST_SOURCES + 1) + ".0");
    }

    @Test
    void theGrafanaDashboardAsksForWhatThereIs() throws IOException {
        var file = Path.of(System.getProperty("stationmaster.root", ".."), "packaging", "grafana.json");
        endpoint.put("A1", SOURCE);
        var told = new TreeSet<String>();
        NAME.matcher(scrape()).results().forEach(name -> told.add(name.group()));
        var asked = new TreeSet<String>();
        NAME.matcher(Files.readString(file)).results().forEach(name -> asked.add(name.group()));
        assertThat(told).containsAll(asked);
        assertThat(asked).hasSizeGreaterThan(12);
    }
}
