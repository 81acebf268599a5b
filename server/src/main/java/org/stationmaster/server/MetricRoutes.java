package org.stationmaster.server;

import io.javalin.http.Context;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.DialIn;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.MachineView;
import org.stationmaster.core.api.MachineView.Calls;
import org.stationmaster.core.api.MachineView.Headroom;
import org.stationmaster.core.api.MachineView.Quantiles;
import org.stationmaster.core.api.MachineView.SourceQuery;
import org.stationmaster.core.api.MachineView.SourceStatus;
import org.stationmaster.core.api.MachineView.Totals;
import org.stationmaster.core.api.MachineView.WorkerState;
import org.stationmaster.core.api.MachineView.WorkerStatus;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.api.SourceState;
import org.stationmaster.server.alarm.AlarmWatch;
import org.stationmaster.server.inventory.Role;

/**
 * {@code /metrics} for Prometheus, read of the machine's view when it is asked for; nothing is measured for it alone. Labels are
 * bounded: workers, states, reasons, sinks, kinds; and sources, while there are no more than {@link #MOST_SOURCES}.
 */
final class MetricRoutes {
    static final int MOST_SOURCES = 1_000;
    private static final String PREFIX = "stationmaster.";
    private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";

    private final MachineView view;
    private final Supplier<AlarmWatch.Told> alarms;
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    /** Meters of sinks and kinds of alarms as they were met, and of each source. */
    private final Set<String> known = new HashSet<>();

    private final Map<String, List<Meter>> ofSources = new HashMap<>();
    private Look look;

    /** One look at the machine, so that all numbers of one answer belong together. */
    private record Look(
            Totals totals,
            Calls calls,
            List<WorkerStatus> workers,
            Map<String, SourceStatus> sources,
            Map<String, Double> deliveryMillis,
            Quantiles latencyMillis,
            Quantiles wakeMillis,
            Optional<Headroom> headroom,
            OptionalDouble costRatio,
            AlarmWatch.Told alarms) {}

    MetricRoutes(MachineView view, Supplier<AlarmWatch.Told> alarms, Answers answers, Crowd crowd) {
        this.view = view;
        this.alarms = alarms;
        this.look = look();
        addMachine();
        addWorkers();
        addEndpoint(answers, crowd);
    }

    void addTo(Routes routes) {
        routes.get("/metrics", Role.READ, this::answer);
    }

    private void answer(Context context) {
        Parameters.none(context);
        context.contentType(TEXT).result(scrape());
    }

    private synchronized String scrape() {
        look = look();
        look.totals().delivered().keySet().forEach(this::addSink);
        followSources();
        return registry.scrape();
    }

    private Look look() {
        var totals = view.totals();
        int count =
                totals.sources().values().stream().mapToInt(Integer::intValue).sum();
        var sources = new HashMap<String, SourceStatus>();
        if (count <= MOST_SOURCES) {
            view.sources(new SourceQuery(null, null, null, MOST_SOURCES))
                    .sources()
                    .forEach(status -> sources.put(status.source().id().value(), status));
        }
        return new Look(
                totals,
                view.calls(),
                view.workers(),
                sources,
                view.deliveryMillis(),
                view.latencyMillis(),
                view.wakeMillis(),
                view.headroom(),
                view.costRatio(),
                alarms.get());
    }

    // ---- the endpoint

    private void addEndpoint(Answers answers, Crowd crowd) {
        for (int hundreds : Answers.CLASSES) {
            counter(
                    "control.answers",
                    "Answers of the control endpoint by class of status",
                    null,
                    Tags.of("status", hundreds + "xx"),
                    _ -> answers.ofClass(hundreds));
        }
        for (int status : Answers.REFUSED) {
            counter(
                    "control.refused",
                    "Requests that were refused because of who asked, or how often",
                    null,
                    Tags.of("status", Integer.toString(status)),
                    _ -> answers.refused(status));
        }
        counter(
                "control.connections.closed",
                "Connections without a request in hand that were closed to make room",
                null,
                Tags.empty(),
                _ -> crowd.closed());
    }

    // ---- the machine

    private void addMachine() {
        counter(
                "records",
                "Records received",
                null,
                Tags.empty(),
                now -> now.totals().records());
        counter(
                "received",
                "Bytes of records received",
                "bytes",
                Tags.empty(),
                now -> now.totals().bytes());
        counter(
                "reconnects",
                "Connections after the first of an activation",
                null,
                Tags.empty(),
                now -> now.totals().reconnects());
        counter(
                "corrupt",
                "Pieces of bytes that were no record",
                null,
                Tags.empty(),
                now -> now.totals().corrupt());
        counter(
                "corrupt.bytes",
                "Bytes that were no record",
                null,
                Tags.empty(),
                now -> now.totals().corruptBytes());
        counter(
                "late",
                "Records refused because their epoch was over",
                null,
                Tags.empty(),
                now -> now.totals().late());
        counter(
                "silences",
                "Connections given up for silence",
                null,
                Tags.empty(),
                now -> now.totals().silences());
        for (var reason : EndReason.values()) {
            counter(
                    "ends",
                    "Ended connections and failed attempts",
                    null,
                    Tags.of("reason", reason.name()),
                    now -> now.totals().ends().getOrDefault(reason, 0L));
        }
        counter(
                "calls",
                "Calls of stations that a source took",
                null,
                Tags.empty(),
                now -> now.calls().taken());
        for (var cause : DialIn.Refusal.values()) {
            counter(
                    "calls.refused",
                    "Calls that were not taken",
                    null,
                    Tags.of("cause", cause.name()),
                    now -> now.calls().refused().getOrDefault(cause, 0L));
        }
        for (var state : SourceState.values()) {
            gauge(
                    "sources",
                    "Sources by state",
                    Tags.of("state", state.name()),
                    now -> now.totals().sources().getOrDefault(state, 0));
        }
        gauge(
                "sources.failing",
                "Sources that fail again and again",
                Tags.empty(),
                now -> now.totals().failing());
        gauge(
                "sources.untold",
                "Sources without series of their own: there are too many",
                Tags.empty(),
                now -> now.sources().isEmpty()
                        ? now.totals().sources().values().stream()
                                .mapToInt(Integer::intValue)
                                .sum()
                        : 0);
        gauge(
                "headroom.sources",
                "Sources that there is room for, by the profile; NaN: not known",
                Tags.empty(),
                now -> now.headroom()
                        .map(Headroom::sources)
                        .map(Long::doubleValue)
                        .orElse(Double.NaN));
        gauge(
                "headroom.rate.hertz",
                "Records per second of each of them",
                Tags.empty(),
                now -> now.headroom().map(Headroom::ratePerSecond).orElse(Double.NaN));
        gauge(
                "cost.ratio",
                "CPU time that worker processes take over what the profile says; NaN: not known",
                Tags.empty(),
                now -> now.costRatio().orElse(Double.NaN));
        gauge("alarms", "Alarms", Tags.empty(), now -> now.alarms().alarms().size());
        counter(
                "alarms.dropped",
                "Messages that no receiver took",
                null,
                Tags.empty(),
                now -> now.alarms().receivers().stream()
                        .mapToLong(AlarmWatch.ReceiverState::dropped)
                        .sum());
        counter(
                "wakes",
                "Activations whose task has started",
                null,
                Tags.empty(),
                now -> now.wakeMillis().count());
        quantiles("wake", "Activation accepted to task started, since start", Look::wakeMillis);
        quantiles("latency", "Event time to receipt of the last record of each running source", Look::latencyMillis);
    }

    private void addWorkers() {
        for (var worker : look.workers()) {
            int index = worker.id().index();
            var tags = Tags.of("worker", worker.id().toString());
            gauge("worker.up", "1: ready", tags, now -> now.workers().get(index).state() == WorkerState.READY ? 1 : 0);
            gauge(
                    "worker.load",
                    "Cost of its sources, CPU seconds per second",
                    tags,
                    now -> now.workers().get(index).load());
            gauge("worker.cpu", "Share of a processor in the last half minute; NaN: not known", tags, now -> {
                var cpu = now.workers().get(index).cpu();
                return cpu == null ? Double.NaN : cpu;
            });
            counter(
                    "worker.losses",
                    "Processes that died unasked",
                    null,
                    tags,
                    now -> now.workers().get(index).losses());
            for (var state : SlotState.values()) {
                gauge(
                        "slots",
                        "Slots by state",
                        tags.and("state", state.name()),
                        now -> now.workers().get(index).slots().getOrDefault(state, 0));
            }
        }
    }

    private void addSink(String sink) {
        if (known.add(sink)) {
            var tags = Tags.of("sink", sink);
            counter(
                    "sink.delivered",
                    "Records acknowledged",
                    null,
                    tags,
                    now -> now.totals().delivered().getOrDefault(sink, 0L));
            counter(
                    "sink.refused",
                    "Records refused for good",
                    null,
                    tags,
                    now -> now.totals().refused().getOrDefault(sink, 0L));
            seconds(
                    "sink.delivery",
                    "Receipt to acknowledged, of the oldest record of the last delivery",
                    tags,
                    now -> now.deliveryMillis().getOrDefault(sink, 0.0));
        }
    }

    // ---- sources

    private void followSources() {
        ofSources.keySet().removeIf(id -> {
            boolean gone = !look.sources().containsKey(id);
            if (gone) {
                ofSources.getOrDefault(id, List.of()).forEach(registry::remove);
            }
            return gone;
        });
        look.sources().keySet().forEach(id -> ofSources.computeIfAbsent(id, this::metersOf));
    }

    private List<Meter> metersOf(String id) {
        var tags = Tags.of("source", id);
        var meters = new ArrayList<Meter>();
        meters.add(counter(
                "source.records", "Records received since its activation", null, tags, of(id, SourceStatus::records)));
        meters.add(counter(
                "source.reconnects", "Reconnects since its activation", null, tags, of(id, SourceStatus::reconnects)));
        meters.add(counter(
                "source.silences", "Silences since its activation", null, tags, of(id, SourceStatus::silences)));
        meters.add(counter("source.gaps", "Gaps seen since its activation", null, tags, of(id, SourceStatus::gaps)));
        meters.add(counter(
                "source.clock.off",
                "Records whose own time was more than a day from their receipt, since its activation",
                null,
                tags,
                of(id, SourceStatus::clockOff)));
        meters.add(gauge(
                "source.up", "1: running", tags, of(id, status -> status.state() == SourceState.RUNNING ? 1 : 0)));
        meters.add(seconds("source.latency", "Event time to receipt of its last record", tags, of(id, status -> {
            var millis = status.latencyMillis();
            return millis == null ? Double.NaN : millis;
        })));
        meters.add(gauge(
                "source.last.record.timestamp.seconds",
                "When its last record came, since 1970",
                tags,
                of(id, status -> {
                    var at = status.lastRecordAt();
                    return at == null ? 0 : at.toEpochMilli() / 1e3;
                })));
        return meters;
    }

    private static ToDoubleFunction<Look> of(String id, ToDoubleFunction<SourceStatus> value) {
        return now -> {
            var status = now.sources().get(id);
            return status == null ? 0 : value.applyAsDouble(status);
        };
    }

    // ---- meters

    private Meter counter(String name, String tells, @Nullable String unit, Tags tags, ToDoubleFunction<Look> value) {
        return FunctionCounter.builder(PREFIX + name, this, it -> value.applyAsDouble(it.look))
                .description(tells)
                .baseUnit(unit)
                .tags(tags)
                .register(registry);
    }

    private Meter gauge(String name, String tells, Tags tags, ToDoubleFunction<Look> value) {
        return Gauge.builder(PREFIX + name, this, it -> value.applyAsDouble(it.look))
                .description(tells)
                .tags(tags)
                .register(registry);
    }

    private Meter seconds(String name, String tells, Tags tags, ToDoubleFunction<Look> millis) {
        return TimeGauge.builder(PREFIX + name, this, TimeUnit.MILLISECONDS, it -> millis.applyAsDouble(it.look))
                .description(tells)
                .tags(tags)
                .register(registry);
    }

    private void quantiles(String name, String tells, java.util.function.Function<Look, Quantiles> millis) {
        seconds(
                name,
                tells,
                Tags.of("quantile", "0.5"),
                now -> millis.apply(now).p50());
        seconds(
                name,
                tells,
                Tags.of("quantile", "0.99"),
                now -> millis.apply(now).p99());
        seconds(name, tells, Tags.of("quantile", "1"), now -> millis.apply(now).max());
    }
}
