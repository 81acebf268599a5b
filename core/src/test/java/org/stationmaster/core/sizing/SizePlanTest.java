package org.stationmaster.core.sizing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.OptionalInt;
import java.util.PriorityQueue;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stationmaster.core.api.Isolation;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.sizing.SizePlan.Answer;
import org.stationmaster.core.sizing.SizePlan.Request;

/** A plan gives one of some workers 0.5 of a processor here: 25,000 sources at 1 Hz, 5,000 at 10 Hz, 500 at 100 Hz; and a worker alone 0.535. */
@Timeout(10)
class SizePlanTest {
    private static final double TARGET = 0.5 * 1.12 * 1.07;

    private static final Profile PROFILE =
            Profiles.of(TARGET, "archive", point(1, 20), point(10, 100), point(100, 1_000));

    private static Profile.Point point(double rate, double costMicros) {
        int cap = (int) Math.ceil(TARGET * 1e6 / costMicros);
        return new Profile.Point(rate, cap, cap, cap, cap, costMicros / 1e6, 0.02, 100, Profile.Limit.CPU);
    }

    private static Demand demand(int sources, double rate) {
        return new Demand(sources, rate, PROFILE);
    }

    private static Answer answer(int spare, double growth, int max, Demand... demands) {
        return SizePlan.of(new Request(
                List.of(demands),
                spare,
                growth,
                max == 0 ? OptionalInt.empty() : OptionalInt.of(max),
                4,
                Isolation.PROCESSES));
    }

    private static SizePlan met(int spare, double growth, Demand... demands) {
        return ((Answer.Met) answer(spare, growth, 0, demands)).plan();
    }

    private static Answer.Unmet unmet(int spare, double growth, int max, Demand... demands) {
        return (Answer.Unmet) answer(spare, growth, max, demands);
    }

    @Test
    void moreKindsThanAHostCanHaveOneOfEachAreToldAndNotSearchedForEver() {
        var kinds = java.util.stream.IntStream.range(0, 5)
                .mapToObj(i -> demand(1, 45_000.0 + i))
                .toArray(Demand[]::new);
        var unmet = unmet(0, 0, 0, kinds);
        assertThat(unmet.problem()).contains("one of each alone needs 5 workers; a host has 4 processors");
        assertThat(unmet.change()).isEqualTo("a host with 5 processors, or a plan for each kind");
        assertThat(unmet.plan()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "1, 0, 1, 1, 1", //
        "535, 0, 1, 535, 1",
        "536, 0, 2, 268, 1",
        "500, 1, 2, 500, 1",
        "501, 1, 3, 251, 1",
        "1000, 1, 3, 500, 1",
        "1000, 2, 4, 500, 1",
        "2000, 0, 4, 500, 1",
        "2001, 0, 3, 334, 2",
        "10000, 1, 5, 500, 5"
    })
    void oneKindFillsWorkersToTheBrim(int sources, int spare, int workers, int slots, int hosts) {
        var plan = met(spare, 0, demand(sources, 100));
        assertThat(plan.size()).isEqualTo(new MachineSize(workers, slots));
        assertThat(plan.hosts()).isEqualTo(hosts);
        assertThat((long) plan.needed() * slots * hosts).isGreaterThanOrEqualTo(sources);
        assertThat(plan.cpuPerWorkerAfterLoss()).isLessThanOrEqualTo((workers > 1 ? 0.5 : 0.535) + 1e-9);
    }

    @Test
    void aWorkerAmongOthersIsGivenLessThanOneAlone() {
        var demand = demand(400, 100);
        var alone = met(0, 0, demand);
        assertThat(alone.perWorker(demand)).isEqualTo(535);
        assertThat(alone.cpuOf(demand)).isCloseTo(0.535, within(1e-9));
        var spared = met(1, 0, demand);
        assertThat(spared.perWorker(demand)).isEqualTo(500);
        assertThat(spared.cpuOf(demand)).isCloseTo(0.5, within(1e-9));
    }

    @Test
    void whatAWorkerAloneCarriesIsCarriedAmongOthersToo() {
        var dear = demand(2, 52_000);
        var plan = met(1, 0, dear);
        assertThat(plan.needed()).isEqualTo(2);
        assertThat(plan.perWorker(dear)).isEqualTo(1);
        assertThat(met(1, 0, demand(1, 52_000), demand(1, 52_500)).needed())
                .as("a worker each, of a mix too")
                .isEqualTo(2);
        assertThat(met(1, 0, demand(1, 50_300), demand(100, 53)).needed())
                .as("one dear source makes no host of its own for each of the others")
                .isBetween(2, 3);
    }

    /** Dear and cheap, few and many: each is planned or told why not, and what fits with a spare worker fits without one. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void whateverIsAskedHasAnAnswer(long seed) {
        var random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        for (int i = 0; i < 200; i++) {
            var demands = new Demand[1 + random.nextInt(4)];
            for (int kind = 0; kind < demands.length; kind++) {
                demands[kind] = demand(1 + random.nextInt(1 + random.nextInt(300)), Math.exp(11 * random.nextDouble()));
            }
            var spared = answer(1, 0, 0, demands);
            var unspared = answer(0, 0, 0, demands);
            if (spared instanceof Answer.Met(var plan)) {
                assertThat(unspared).isInstanceOf(Answer.Met.class);
                var needed = ((Answer.Met) unspared).plan();
                assertThat((long) needed.hosts() * needed.needed()).isBetween(1L, (long) plan.hosts() * plan.needed());
                assertThat(plan.cpuPerWorkerAfterLoss()).isLessThanOrEqualTo(0.535 + 1e-9);
            } else {
                assertThat(((Answer.Unmet) spared).change()).isNotEmpty();
            }
        }
    }

    @Test
    void growthIsSizedForAndThenIsHeadroom() {
        var plan = met(1, 0.2, demand(800, 100));
        assertThat(plan.size()).isEqualTo(new MachineSize(3, 480));
        assertThat(plan.headroom()).isEqualTo(160);
        assertThat(plan.headroomCpu()).isEqualTo(200);
        assertThat(plan.headroomRate()).isEqualTo(100);
        assertThat(plan.load()).isCloseTo(0.96, within(1e-9));
        assertThat(plan.cpuPerWorker()).isCloseTo(0.32, within(1e-9));
        assertThat(plan.memoryBytes()).isEqualTo(5 * 1_000_000 + 960 * 1_000);
        assertThat(plan.descriptors()).isEqualTo(480 + 512 + 388);
        assertThat(plan.diskBytesPerDay()).isCloseTo(960 * 100.0 * 200 * 86_400, within(1.0));
    }

    @Test
    void withoutAnArchiveNoDiskAndWithThreadsOneProcess() {
        var demand = new Demand(1_000, 100, Profiles.of(TARGET, "none", point(100, 1_000)));
        var plan = ((Answer.Met)
                        SizePlan.of(new Request(List.of(demand), 0, 0, OptionalInt.empty(), 4, Isolation.THREADS)))
                .plan();
        assertThat(plan.diskBytesPerDay()).isZero();
        assertThat(plan.memoryBytes()).isEqualTo(1_000_000 + 1_000 * 1_000);
        assertThat(plan.descriptors()).isEqualTo(1_000 + 512 + 392);
    }

    /** What the plan says must hold for the placement that the machine has: the least loaded worker with an idle slot. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whateverTheOrderNoWorkerIsGivenMoreThanItsTarget(long seed) {
        var random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        var demands = new Demand[] {
            demand(1 + random.nextInt(3_000), 1),
            demand(1 + random.nextInt(900), 10),
            demand(1 + random.nextInt(900), 100)
        };
        var plan = met(1, 0, demands);
        if (plan.hosts() > 1) {
            return;
        }
        var shares = new java.util.ArrayList<Double>();
        for (var demand : demands) {
            for (int i = 0; i < demand.sources(); i++) {
                shares.add(Mix.AMONG_OTHERS * demand.share());
            }
        }
        shuffle(shares, random);
        record Worker(double load, int held) {}
        var workers = new PriorityQueue<Worker>(java.util.Comparator.comparingDouble(Worker::load));
        for (int i = 0; i < plan.needed(); i++) {
            workers.add(new Worker(0, 0));
        }
        for (double share : shares) {
            var least = workers.remove();
            assertThat(least.held()).isLessThan(plan.size().slots());
            workers.add(new Worker(least.load() + share, least.held() + 1));
        }
        double beyond = (Mix.AMONG_OTHERS - 1) * 0.001 / 0.535; // the last one's, at 100 Hz
        assertThat(workers).allMatch(worker -> worker.load() <= 1 + beyond + 1e-9);
        assertThat((plan.needed() - 1) * 0.5)
                .as("no worker too many by more than one")
                .isLessThan(plan.load() + 0.5);
    }

    private static void shuffle(List<Double> values, RandomGenerator random) {
        for (int i = values.size() - 1; i > 0; i--) {
            java.util.Collections.swap(values, i, random.nextInt(i + 1));
        }
    }

    @Test
    void whatCannotBeMetComesWithTheSmallestChangesThatWouldDo() {
        var refused = unmet(1, 0.2, 3, demand(1_000, 100));
        assertThat(refused.problem()).isEqualTo("it needs 4 workers, and 3 are allowed");
        assertThat(refused.change())
                .isEqualTo("--workers-max 4, or --spare 0, or --growth 0, or at most 833 sources of these rates");
        assertThat(refused.plan()).hasSize(1);
        var few = unmet(2, 0, 1, demand(10, 1));
        assertThat(few.change()).isEqualTo("--workers-max 3, or --spare 0");
    }

    @Test
    void aSourceTooDearForAnyWorker() {
        var refused = unmet(0, 0, 0, demand(1, 60_000));
        assertThat(refused.problem()).startsWith("one source at 60000 Hz takes 0.60 of a processor");
        assertThat(refused.change()).isEqualTo("a rate of at most 53500 Hz");
        assertThat(refused.plan()).isEmpty();
    }

    @Test
    void millionsAreHostsAndNoOverflow() {
        var plan = met(1, 0.2, demand(Demand.MAX_SOURCES, 100));
        assertThat(plan.hosts()).isEqualTo(60_000);
        assertThat(plan.size().workers()).isEqualTo(5);
        var slow = met(0, 0, demand(Demand.MAX_SOURCES, 0.001));
        assertThat((long) slow.hosts() * slow.size().totalSlots()).isGreaterThanOrEqualTo(Demand.MAX_SOURCES);
    }

    @ParameterizedTest
    @CsvSource({"0, 1, sources 0", "-1, 1, sources -1", "1, 0, rate 0.0", "1, -1, rate -1.0", "1, NaN, rate NaN"})
    void nonsenseIsRefused(int sources, double rate, String message) {
        assertThatThrownBy(() -> demand(sources, rate))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message)
                .hasMessageContaining("out of range");
    }
}
