package org.stationmaster.core.sizing;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.stationmaster.core.api.Isolation;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.Text;

/**
 * n × m for what is asked: all sources fit, also when {@code spare} workers are lost, and no worker is given more than a plan may.
 *
 * @param hosts machines of this size, each with its part of the sources
 * @param needed workers of one host that carry its sources; the others are spare
 * @param load CPU seconds per second of all hosts, growth included
 * @param headroom how many more sources at {@code headroomRate} have a slot and a processor, beyond those that were asked for
 * @param headroomCpu how many more the processors would carry, had they slots
 * @param headroomRate the rate of the kind of which there are most
 * @param memoryBytes resident, of one host
 * @param descriptors of one process, the largest
 * @param diskBytesPerDay of all hosts; 0 without an archive
 */
public record SizePlan(
        MachineSize size,
        Isolation isolation,
        int hosts,
        int needed,
        double load,
        long headroom,
        long headroomCpu,
        double headroomRate,
        long memoryBytes,
        long descriptors,
        double diskBytesPerDay) {
    private static final int SECONDS_PER_DAY = 86_400;
    /** Files that the archive holds open, unless told otherwise. */
    private static final int OPEN_FILES = 512;

    /** For the JVM and its jars, the control plane and its clients, name look-ups, and a flush of the archive. */
    private static final int RESERVE = 384;

    /** An event loop: epoll, its wake-up and its timer, and one to spare. */
    private static final int OF_A_LOOP = 4;

    /** Its process, with the control endpoint, is as large as so many workers without sources. */
    private static final long OF_THE_SUPERVISOR = 2;

    /** Length of a frame in the archive. */
    private static final int FRAMING_BYTES = 4;

    private static final long TABLE_SLOTS = 1L << 25;

    /**
     * What is asked.
     *
     * @param spare workers whose loss the others must bear
     * @param growth share of sources that may come later, 0 or more
     * @param workersMax of all hosts together
     * @param processors of a host
     */
    public record Request(
            List<Demand> demands,
            int spare,
            double growth,
            OptionalInt workersMax,
            int processors,
            Isolation isolation) {
        public Request {
            demands = List.copyOf(demands);
        }
    }

    /** What came of it. */
    public sealed interface Answer {
        record Met(SizePlan plan) implements Answer {}

        /**
         * It cannot be met.
         *
         * @param plan what would be needed; empty: no machine would do
         * @param problem why
         * @param change the smallest ones that would do, for people
         */
        record Unmet(List<SizePlan> plan, String problem, String change) implements Answer {}
    }

    public static Answer of(Request request) {
        for (var demand : request.demands()) {
            if (demand.share() > 1) {
                return tooDear(demand);
            }
        }
        var fitting = fitting(request);
        if (fitting.isEmpty()) {
            return tooManyKinds(request);
        }
        var plan = fitting.get();
        int max = request.workersMax().orElse(Integer.MAX_VALUE);
        long all = (long) plan.hosts * plan.size.workers();
        if (all <= max) {
            return new Answer.Met(plan);
        }
        return new Answer.Unmet(
                List.of(plan),
                "it needs " + Text.count(all, "worker") + (plan.hosts > 1 ? " on " + plan.hosts + " hosts" : "")
                        + ", and " + max + (max == 1 ? " is" : " are") + " allowed",
                changes(request, plan, max));
    }

    private static Answer tooDear(Demand demand) {
        double planned = demand.profile().plannedCpu(demand.ratePerSecond());
        double low = 0;
        double high = demand.ratePerSecond();
        for (int i = 0; i < 60; i++) {
            double middle = (low + high) / 2;
            boolean fits = demand.profile().costAt(middle) <= demand.profile().plannedCpu(middle);
            low = fits ? middle : low;
            high = fits ? high : middle;
        }
        return new Answer.Unmet(
                List.of(),
                String.format(
                        Locale.ROOT,
                        "one source at %s Hz takes %.2f of a processor, and a plan gives a worker %.2f",
                        text(demand.ratePerSecond()),
                        demand.costSeconds(),
                        planned),
                low <= 0
                        ? "a profile with a higher target, or a faster processor"
                        : "a rate of at most " + text(Math.floor(low * 100) / 100) + " Hz");
    }

    /** Each host has a part of each kind; when one source of each is too much for a host, none will do. */
    private static Answer tooManyKinds(Request request) {
        var oneOfEach = request.demands().stream()
                .map(demand -> demand.on(demand.sources()))
                .toList();
        long workers = mix(oneOfEach, request.spare()).workers();
        return new Answer.Unmet(
                List.of(),
                "each host has a part of each kind of source, and one of each alone needs "
                        + Text.count(workers, "worker")
                        + (request.spare() > 0 ? " and " + request.spare() + " to spare" : "")
                        + "; a host has " + Text.count(request.processors(), "processor"),
                "a host with " + Text.count(workers, "processor") + ", or a plan for each kind");
    }

    /** Empty: no number of hosts would do. */
    private static Optional<SizePlan> fitting(Request request) {
        var grown = request.demands().stream()
                .map(demand -> demand.times(1 + request.growth()))
                .toList();
        long least = Math.ceilDiv(Mix.alone(grown).workers(), Math.max(1, request.processors()));
        int last = grown.stream().mapToInt(Demand::sources).max().orElseThrow();
        for (int hosts = (int) Math.min(least, last); hosts <= last; hosts++) {
            int count = hosts;
            var here = mix(grown.stream().map(demand -> demand.on(count)).toList(), request.spare());
            long needed = here.workers();
            long slots = here.slots(needed);
            long workers = needed + request.spare();
            if (needed <= Math.max(1, request.processors())
                    && workers <= MachineSize.MAX_WORKERS
                    && slots <= MachineSize.MAX_SLOTS
                    && workers * slots <= TABLE_SLOTS) {
                return Optional.of(of(request, here, hosts, (int) needed, new MachineSize((int) workers, (int) slots)));
            }
        }
        return Optional.empty();
    }

    /** In one worker when it carries all and there is no other. */
    private static Mix mix(List<Demand> demands, int spare) {
        var alone = Mix.alone(demands);
        return spare == 0 && alone.workers() == 1 ? alone : Mix.amongOthers(demands);
    }

    private static SizePlan of(Request request, Mix here, int hosts, int needed, MachineSize size) {
        var asked = new Mix(request.demands(), here.dearer());
        var most = most(request);
        long cpu = asked.room((long) needed * hosts, most);
        long slots = (long) needed * hosts * size.slots() - asked.sources();
        boolean processes = request.isolation() == Isolation.PROCESSES;
        var memory = most.profile().memory();
        long bases = (processes ? size.workers() + OF_THE_SUPERVISOR : 1) * memory.baseBytes();
        long held = here.demands().stream()
                .mapToLong(
                        demand -> demand.sources() * demand.profile().memory().perSourceBytes())
                .sum();
        var ofAProcess = processes ? new MachineSize(1, size.slots()) : size;
        return new SizePlan(
                size,
                request.isolation(),
                hosts,
                needed,
                hosts * cpu(here),
                Math.max(0, Math.min(cpu, slots)),
                Math.max(0, cpu),
                most.ratePerSecond(),
                bases + held,
                descriptors(ofAProcess, OPEN_FILES),
                hosts * disk(here));
    }

    /** How many file descriptors a process needs: one a slot, those of its sinks, and the reserve. */
    public static long descriptors(MachineSize ofAProcess, int sinkFiles) {
        return ofAProcess.totalSlots() + sinkFiles + reserve(ofAProcess.workers());
    }

    /** What a process with so many workers needs beside its sources and sinks. */
    public static int reserve(int workers) {
        return RESERVE + OF_A_LOOP * workers;
    }

    private static double cpu(Mix mix) {
        return mix.demands().stream()
                .mapToDouble(demand -> demand.sources() * demand.costSeconds())
                .sum();
    }

    private static double disk(Mix mix) {
        return mix.demands().stream()
                .filter(demand -> demand.profile().sink().equals("archive"))
                .mapToDouble(demand -> demand.sources()
                        * demand.ratePerSecond()
                        * (demand.profile().sizeBytes() + FRAMING_BYTES)
                        * SECONDS_PER_DAY)
                .sum();
    }

    private static Demand most(Request request) {
        return request.demands().stream()
                .max(Comparator.comparingInt(Demand::sources))
                .orElseThrow();
    }

    /** More workers; or less to be spared; or less growth; or fewer sources. */
    private static String changes(Request request, SizePlan plan, int max) {
        var changes = new ArrayList<String>();
        long all = (long) plan.hosts * plan.size.workers();
        changes.add("--workers-max " + all);
        for (int spare = request.spare() - 1; spare >= 0; spare--) {
            if (fits(request, request.demands(), spare, request.growth(), max)) {
                changes.add("--spare " + spare);
                break;
            }
        }
        if (request.growth() > 0 && fits(request, request.demands(), request.spare(), 0, max)) {
            double growth = Math.floor(100 * request.growth()) / 100;
            while (growth > 0 && !fits(request, request.demands(), request.spare(), growth, max)) {
                growth = Math.round(100 * growth - 1) / 100.0;
            }
            changes.add("--growth " + text(growth));
        }
        double share = 0;
        for (double step = 0.5; step > 1e-6; step /= 2) {
            share = fits(request, scaled(request, share + step), request.spare(), request.growth(), max)
                    ? share + step
                    : share;
        }
        if (share > 0) {
            long sources =
                    scaled(request, share).stream().mapToLong(Demand::sources).sum();
            changes.add("at most " + Text.count(sources, "source") + " of these rates");
        }
        return String.join(", or ", changes);
    }

    private static List<Demand> scaled(Request request, double share) {
        return request.demands().stream()
                .map(demand -> new Demand(
                        (int) Math.max(1, Math.floor(demand.sources() * share)),
                        demand.ratePerSecond(),
                        demand.protocol(),
                        demand.profile()))
                .toList();
    }

    private static boolean fits(Request request, List<Demand> demands, int spare, double growth, int max) {
        var plan = fitting(
                new Request(demands, spare, growth, OptionalInt.empty(), request.processors(), request.isolation()));
        return plan.isPresent() && (long) plan.get().hosts * plan.get().size.workers() <= max;
    }

    /** A number without a point where it has none. */
    static String text(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    /** The share of a processor that it gives a worker for sources of a kind. */
    public double cpuOf(Demand demand) {
        double planned = demand.profile().plannedCpu(demand.ratePerSecond());
        return size.workers() > 1 ? planned / Mix.AMONG_OTHERS : planned;
    }

    /** How many sources of a kind alone it gives a worker. */
    public int perWorker(Demand demand) {
        int alone = demand.profile().planned(demand.ratePerSecond());
        return Math.max(Math.min(1, alone), (int) Math.floor(cpuOf(demand) / demand.costSeconds() + 1e-9)); // saturates
    }

    /** CPU share of each worker while all live, by what a source costs in a worker alone. */
    public double cpuPerWorker() {
        return load / ((double) hosts * size.workers());
    }

    /** The same when the spare workers are lost. */
    public double cpuPerWorkerAfterLoss() {
        return load / ((double) hosts * needed);
    }
}
