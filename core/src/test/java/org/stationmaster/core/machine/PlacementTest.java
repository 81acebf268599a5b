package org.stationmaster.core.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.sizing.Cost;

/** Placement, cost, epochs and descriptors: small and pure. */
@Timeout(10)
class PlacementTest {
    private record Candidate(int worker, double load, int idleSlots) implements Placement.Candidate {}

    private static int chosen(Candidate... workers) {
        var chosen = Placement.choose(List.of(workers));
        return chosen == null ? -1 : chosen.worker();
    }

    @Test
    void leastLoadedThenMostIdleThenFirst() {
        assertThat(chosen(new Candidate(0, 0.5, 10), new Candidate(1, 0.4, 1))).isEqualTo(1);
        assertThat(chosen(new Candidate(0, 0.5, 10), new Candidate(1, 0.5, 11))).isEqualTo(1);
        assertThat(chosen(new Candidate(0, 0.5, 10), new Candidate(1, 0.5, 10))).isZero();
        assertThat(chosen(new Candidate(0, 0.5, 10), new Candidate(1, 0, 0)))
                .as("no idle slot")
                .isZero();
        assertThat(chosen(new Candidate(0, 0, 0), new Candidate(1, 0, 0))).isEqualTo(-1);
        assertThat(chosen()).isEqualTo(-1);
    }

    /** Each worker's sources by what they cost, and who moves. */
    private static List<Double> moved(List<Candidate> workers, List<List<Double>> sources) {
        return Placement.evenOut(workers, worker -> sources.get(worker.worker()), cost -> cost);
    }

    @Test
    void theLoadIsEvenedOutWithTheFewestMoves() {
        var ones = Collections.nCopies(7, 0.1);
        assertThat(moved(List.of(new Candidate(0, 0.7, 3), new Candidate(1, 0, 10)), List.of(ones, List.of())))
                .hasSize(3);
        assertThat(moved(
                        List.of(new Candidate(0, 0.1 + 0.1 + 0.1 + 0.1, 6), new Candidate(1, 0, 10)),
                        List.of(ones, List.of())))
                .as("sums are rounded")
                .hasSize(2);
        assertThat(moved(List.of(new Candidate(0, 0.4, 6), new Candidate(1, 0.3, 7)), List.of(ones, ones)))
                .as("even")
                .isEmpty();
        assertThat(moved(List.of(new Candidate(0, 0.7, 3), new Candidate(1, 0, 2)), List.of(ones, List.of())))
                .as("two slots are idle")
                .hasSize(2);
        assertThat(moved(List.of(new Candidate(0, 0.7, 3), new Candidate(1, 0, 0)), List.of(ones, List.of())))
                .as("a worker that is down")
                .isEmpty();
    }

    @Test
    void whatIsTooDearStaysAndTheOthersMove() {
        assertThat(moved(
                        List.of(new Candidate(0, 0.5, 3), new Candidate(1, 0.1, 3)),
                        List.of(List.of(0.3, 0.1, 0.1), List.of(0.1))))
                .containsExactly(0.1, 0.1);
    }

    @Test
    void manyWorkersComeToTheirShare() {
        var sources = List.of(Collections.nCopies(90, 1.0), Collections.nCopies(30, 1.0), List.<Double>of());
        assertThat(moved(
                        List.of(new Candidate(0, 90, 100), new Candidate(1, 30, 100), new Candidate(2, 0, 100)),
                        sources))
                .hasSize(50);
    }

    @Test
    void costFollowsTheRate() {
        var source = Source.builder("A", "p", "h", 1);
        assertThat(Cost.DEFAULT.of(source.rate(50).build()))
                .isGreaterThan(20 * Cost.DEFAULT.of(source.rate(1).build()));
        assertThat(Cost.DEFAULT.of(Source.of("A", "p", "h", 1)))
                .isEqualTo(Cost.DEFAULT.of(source.rate(1).build()));
    }

    @Test
    void epochsFollowTheWallClockAndNeverRepeat() {
        var epochs = new Epochs();
        assertThat(epochs.next(0, 1_000)).isEqualTo(1_000);
        assertThat(epochs.next(1_000, 1_000)).isEqualTo(1_001);
        assertThat(epochs.next(1_001, 500)).as("a clock that steps back").isEqualTo(1_002);
        epochs.forget(1_002, 1_000);
        assertThat(epochs.next(0, 1_000)).as("a released source comes back").isEqualTo(1_003);
        assertThat(epochs.next(0, 2_000)).isEqualTo(2_000);
    }

    @Test
    void tooFewDescriptorsAreRefusedWithTheNumberToSet() throws MachineStartException {
        Descriptors.check(new MachineSize(2, 100), 50, 642);
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> Descriptors.check(new MachineSize(2, 100), 50, 641))
                .isInstanceOf(MachineStartException.class)
                .hasMessageContaining("LimitNOFILE=642");
    }
}
