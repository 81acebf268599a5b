package org.stationmaster.app;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import org.stationmaster.core.api.Isolation;
import org.stationmaster.core.sizing.Demand;
import org.stationmaster.core.sizing.Profile;
import org.stationmaster.core.sizing.SizePlan;
import org.stationmaster.core.sizing.SizePlan.Answer;

/** A plan for people, with its reasoning, and as a document. */
record PlanReport(SizePlan.Request request, Answer answer, List<String> warnings) {
    private static final double MICROS = 1e6;
    private static final double PERCENT = 100;

    List<String> lines() {
        var lines = new ArrayList<String>();
        int width = Math.max(
                32,
                request.demands().stream()
                        .mapToInt(demand -> kind(demand).length())
                        .max()
                        .orElse(0));
        lines.add(row(width, "sources", "with growth", "µs CPU/s each", "a worker gets", "workers"));
        for (var demand : request.demands()) {
            lines.add(row(width, demand));
        }
        lines.add("");
        switch (answer) {
            case Answer.Met(var plan) -> addPlan(lines, plan);
            case Answer.Unmet(var _, var problem, var change) -> {
                lines.add("cannot be met: " + problem);
                lines.add("what would do: " + change);
            }
        }
        warnings.forEach(warning -> lines.add("note: " + warning));
        return lines;
    }

    private static String kind(Demand demand) {
        var measured = demand.profile().protocol();
        return Numbers.count(demand.sources()) + " at " + Rates.text(demand.ratePerSecond()) + " Hz, "
                + demand.protocol() + (demand.protocol().equals(measured) ? "" : " taken as " + measured);
    }

    private String row(int width, Demand demand) {
        double grown = Math.ceil(demand.sources() * (1 + request.growth()) - 1e-9);
        int planned = perWorker(demand);
        return row(
                width,
                kind(demand),
                Numbers.count((long) grown),
                Numbers.rate(demand.costSeconds() * MICROS),
                Numbers.count(planned),
                planned == 0 ? "-" : Numbers.rate(grown / planned));
    }

    private static String row(int width, String kind, String grown, String cost, String planned, String workers) {
        return String.format(Locale.ROOT, "%-" + width + "s %11s %13s %16s %9s", kind, grown, cost, planned, workers);
    }

    private void addPlan(List<String> lines, SizePlan plan) {
        var size = plan.size();
        add(
                lines,
                "workers",
                size.workers() + " = " + plan.needed() + " that carry all"
                        + (request.spare() == 0 ? "" : " + " + request.spare() + " whose loss they bear") + ", "
                        + word(plan.isolation()));
        add(
                lines,
                "slots",
                Numbers.count(size.slots()) + " each: all sources fit in " + Numbers.count(plan.needed(), "worker"));
        add(
                lines,
                "hosts",
                plan.hosts() + (plan.hosts() == 1 ? "" : ", each with a part of the sources") + "; a host has "
                        + Numbers.count(request.processors(), "processor"));
        add(
                lines,
                "processor",
                percent(plan.cpuPerWorker()) + " of one for each worker"
                        + (request.spare() == 0 ? "" : ", " + percent(plan.cpuPerWorkerAfterLoss()) + " after the loss")
                        + "; planned with at most " + targets());
        add(lines, "memory", Numbers.bytes((double) plan.memoryBytes()) + " a host");
        add(lines, "descriptors", "LimitNOFILE=" + plan.descriptors());
        add(
                lines,
                "disk",
                plan.diskBytesPerDay() == 0
                        ? "none: no archive"
                        : Numbers.bytes(plan.diskBytesPerDay()) + " a day, with payloads of " + payloads() + " bytes");
        add(
                lines,
                "headroom",
                "room for " + Numbers.count(plan.headroom()) + " more at " + Rates.text(plan.headroomRate())
                        + " Hz; the processors would carry " + Numbers.count(plan.headroomCpu())
                        + (plan.headroom() == 0 && plan.headroomCpu() > 0 ? ": give --growth for more slots" : ""));
    }

    private static void add(List<String> lines, String name, String text) {
        lines.add(String.format(Locale.ROOT, "%-12s %s", name, text));
    }

    /** The share of a processor that a worker may be given; less where the latency is the limit, so it may differ by kind. */
    private String targets() {
        var planned = planned().summaryStatistics();
        var least = percent(planned.getMin());
        var most = percent(planned.getMax());
        return least.equals(most) ? least : least + " to " + most + " by kind";
    }

    /** As they were when it was measured; of what is archived alone. */
    private String payloads() {
        var sizes = request.demands().stream()
                .map(Demand::profile)
                .filter(profile -> !profile.sink().equals("none"))
                .mapToInt(Profile::sizeBytes)
                .summaryStatistics();
        return sizes.getMin() == sizes.getMax()
                ? Numbers.count(sizes.getMin())
                : Numbers.count(sizes.getMin()) + " to " + Numbers.count(sizes.getMax());
    }

    private double target() {
        return planned().min().orElseThrow();
    }

    private DoubleStream planned() {
        return request.demands().stream()
                .mapToDouble(demand -> plan().map(plan -> plan.cpuOf(demand))
                        .orElseGet(() -> demand.profile().plannedCpu(demand.ratePerSecond())));
    }

    /** As a worker alone carries them where there is no plan. */
    private int perWorker(Demand demand) {
        return plan().map(plan -> plan.perWorker(demand))
                .orElseGet(() -> demand.profile().planned(demand.ratePerSecond()));
    }

    private Optional<SizePlan> plan() {
        return switch (answer) {
            case Answer.Met(var plan) -> Optional.of(plan);
            case Answer.Unmet(var plans, var _, var _) -> plans.stream().findFirst();
        };
    }

    private static String percent(double share) {
        long percent = Math.round(share * PERCENT);
        return percent == 0 && share > 0 ? "less than 1 %" : percent + " %";
    }

    private static String word(Isolation isolation) {
        return isolation.name().toLowerCase(Locale.ROOT);
    }

    Map<String, Object> json() {
        var document = new LinkedHashMap<String, Object>();
        switch (answer) {
            case Answer.Met(var plan) -> {
                document.put("met", true);
                put(document, plan);
            }
            case Answer.Unmet(var plans, var problem, var change) -> {
                document.put("met", false);
                document.put("problem", problem);
                document.put("change", change);
                List.of("workers", "slots", "hosts", "headroom").forEach(key -> document.put(key, null));
                plans.forEach(plan -> put(document, plan));
            }
        }
        document.put("sources", request.demands().stream().map(this::source).toList());
        document.put("spare", request.spare());
        document.put("growth", request.growth());
        document.put("targetCpu", target());
        document.put(
                "profiles",
                request.demands().stream()
                        .map(Demand::profile)
                        .distinct()
                        .map(profile ->
                                profile.protocol() + ", " + profile.host().cpu() + ", " + profile.date())
                        .collect(Collectors.toList()));
        document.put("warnings", warnings);
        return document;
    }

    private void put(Map<String, Object> document, SizePlan plan) {
        document.put("workers", plan.size().workers());
        document.put("slots", plan.size().slots());
        document.put("hosts", plan.hosts());
        document.put("headroom", plan.headroom());
        document.put("headroomCpu", plan.headroomCpu());
        document.put("headroomRate", plan.headroomRate());
        document.put("isolation", word(plan.isolation()));
        document.put("workersNeeded", plan.needed());
        document.put("processors", request.processors());
        document.put("cpuPerWorker", Json.round(plan.cpuPerWorker()));
        document.put("cpuPerWorkerAfterLoss", Json.round(plan.cpuPerWorkerAfterLoss()));
        document.put("memoryBytes", plan.memoryBytes());
        document.put("descriptors", plan.descriptors());
        document.put("diskBytesPerDay", Math.round(plan.diskBytesPerDay()));
    }

    private Map<String, Object> source(Demand demand) {
        var map = new LinkedHashMap<String, Object>();
        map.put("sources", demand.sources());
        map.put("rate", demand.ratePerSecond());
        map.put("protocol", demand.protocol());
        map.put("profile", demand.profile().protocol());
        map.put("microsPerSource", Json.round(demand.costSeconds() * MICROS));
        map.put("perWorker", perWorker(demand));
        return map;
    }
}
