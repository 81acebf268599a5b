package org.stationmaster.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.stationmaster.server.Endpoint.assertProblem;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What may be asked of the ledger, and what is told; what it finds is in its own test. */
@Timeout(60)
@ExtendWith(Endpoint.Shared.class)
class LedgerRouteTest {
    private final Endpoint endpoint;

    LedgerRouteTest(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    @Test
    void aWindowIsTold() throws IOException {
        endpoint.put("L1", Endpoint.SOURCE);
        var answer = endpoint.get("/api/v1/ledger?from=2026-11-28T00:00:00Z&to=2026-11-29T00:00:00Z&limit=5");
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.json().path("from").asString()).isEqualTo("2026-11-28T00:00:00Z");
        assertThat(answer.json().path("to").asString()).isEqualTo("2026-11-29T00:00:00Z");
        assertThat(answer.json().path("sources").isArray()).isTrue();
        assertThat(endpoint.get("/api/v1/ledger?source=L1").status()).isEqualTo(200);
    }

    @Test
    void whatMakesNoSenseIsRefused() throws IOException {
        assertProblem(endpoint.get("/api/v1/ledger?source=nobody"), 404, "'nobody' is not known");
        assertProblem(endpoint.get("/api/v1/ledger?source=../etc"), 404, "'../etc' is not known");
        assertProblem(endpoint.get("/api/v1/ledger?from=yesterday"), 400, "from 'yesterday' must be a time");
        for (var far : List.of("-1000000000-01-01T00:00:00Z", "%2B1000000000-12-31T23:59:59Z")) {
            assertProblem(endpoint.get("/api/v1/ledger?to=" + far), 400, "from 1970 to 9999");
        }
        assertProblem(endpoint.get("/api/v1/ledger?limit=0"), 400, "limit");
        assertProblem(endpoint.get("/api/v1/ledger?sauce=L1"), 400, "unknown parameter 'sauce'");
        assertProblem(
                endpoint.get("/api/v1/ledger?from=2026-11-29T00:00:00Z&to=2026-11-28T00:00:00Z"),
                400,
                "must be before");
    }
}
