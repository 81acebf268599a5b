package org.stationmaster.server.inventory;

import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Isolation;
import org.stationmaster.core.sizing.Demand;
import org.stationmaster.core.sizing.Profile;

/** A profile as a JSON document: what {@code calibrate --save} writes and {@code plan --profile} reads. */
public final class ProfileFile {
    private static final List<String> KEYS = List.of(
            "stationmaster",
            "date",
            "host",
            "protocol",
            "sink",
            "isolation",
            "sizeBytes",
            "target",
            "memory",
            "points",
            "fit",
            "noisy");
    private static final int MAX_POINTS = 100;
    private static final double MAX_MICROS = 1e12;
    private static final double MICROS = 1e6;
    private static final double PERCENT = 100;

    /** How far a written fit may be from that of the points: it is rounded. */
    private static final double FIT_ROUNDING = 0.01;

    private final Problems problems;

    private ProfileFile(Problems problems) {
        this.problems = problems;
    }

    /** Reads a file. */
    public static Reading<Profile> read(Path file) {
        var problems = Problems.of(file.toString());
        return new ProfileFile(problems).reading(FileText.read(file, problems));
    }

    /** Reads a document.
     *
     * @param name of the document, for errors
     */
    public static Reading<Profile> read(String name, byte[] document) {
        var problems = Problems.of(name);
        return new ProfileFile(problems).reading(FileText.decode(document, problems));
    }

    /** A file that another one names; null when something is wrong with it, which is then reported. */
    static @Nullable Profile read(Path file, Problems problems) {
        return new ProfileFile(problems).profile(FileText.read(file, problems));
    }

    private Reading<Profile> reading(@Nullable String text) {
        return problems.settle(profile(text));
    }

    private @Nullable Profile profile(@Nullable String text) {
        var doc = text == null ? null : YamlFront.read(text, problems);
        var fields = doc == null
                ? null
                : Fields.of(doc, "a profile must be a mapping, as 'calibrate --save' writes it", "", problems);
        return fields == null ? null : profile(fields);
    }

    private @Nullable Profile profile(Fields fields) {
        long before = problems.count();
        fields.refuseUnknown(KEYS);
        fields.require(
                "stationmaster", "date", "host", "protocol", "sink", "isolation", "sizeBytes", "target", "points");
        var version = fields.text("stationmaster");
        var date = date(fields);
        var host = host(fields.nested("host"));
        var protocol = fields.text("protocol");
        var sink = oneOf(fields, "sink", "archive", "none");
        var isolation = oneOf(fields, "isolation", "threads", "processes");
        var size = fields.whole("sizeBytes", 0, 1 << 30);
        var target = target(fields.nested("target"));
        var memory = memory(fields.nested("memory"));
        var points = points(fields);
        var noisy = fields.has("noisy") ? fields.text("noisy") : "";
        if (version == null
                || date == null
                || host == null
                || protocol == null
                || sink == null
                || isolation == null
                || size.isEmpty()
                || target == null
                || noisy == null
                || points.isEmpty()
                || problems.count() > before) {
            return null;
        }
        var profile = new Profile(
                version,
                date,
                host,
                protocol,
                sink,
                Isolation.valueOf(isolation.toUpperCase(Locale.ROOT)),
                (int) size.getAsLong(),
                target,
                memory,
                points,
                noisy);
        checkFit(fields, profile);
        return profile;
    }

    private static @Nullable Instant date(Fields fields) {
        var text = fields.text("date");
        try {
            return text == null ? null : Instant.parse(text);
        } catch (DateTimeParseException e) {
            fields.refuse(
                    "date", "'date' must be a time such as 2026-11-24T18:00:00Z; found '" + Texts.shown(text) + "'");
            return null;
        }
    }

    private static @Nullable String oneOf(Fields fields, String key, String one, String other) {
        var text = fields.text(key);
        if (text == null || text.equals(one) || text.equals(other)) {
            return text;
        }
        fields.refuse(key, "'" + key + "' must be " + one + " or " + other + "; found '" + Texts.shown(text) + "'");
        return null;
    }

    private static Profile.@Nullable Host host(@Nullable Fields fields) {
        if (fields == null) {
            return null;
        }
        fields.refuseUnknown(List.of("cpu", "processors", "os", "jdk"));
        fields.require("cpu", "processors", "os", "jdk");
        var cpu = fields.text("cpu");
        var processors = fields.whole("processors", 1, 100_000);
        var os = fields.text("os");
        var jdk = fields.text("jdk");
        return cpu == null || processors.isEmpty() || os == null || jdk == null
                ? null
                : new Profile.Host(cpu, (int) processors.getAsLong(), os, jdk);
    }

    private static Profile.@Nullable Target target(@Nullable Fields fields) {
        if (fields == null) {
            return null;
        }
        fields.refuseUnknown(List.of("cpu", "latencyP99Millis"));
        fields.require("cpu", "latencyP99Millis");
        var cpu = fields.positive("cpu", 1);
        var latency = fields.positive("latencyP99Millis", 1e9);
        return cpu.isEmpty() || latency.isEmpty() ? null : new Profile.Target(cpu.getAsDouble(), latency.getAsDouble());
    }

    private static Profile.Memory memory(@Nullable Fields fields) {
        if (fields == null) {
            return new Profile.Memory(0, 0);
        }
        fields.refuseUnknown(List.of("baseBytes", "perSourceBytes"));
        return new Profile.Memory(
                fields.whole("baseBytes", 0, 1L << 50).orElse(0),
                fields.whole("perSourceBytes", 0, 1L << 50).orElse(0));
    }

    private List<Profile.Point> points(Fields fields) {
        if (!(fields.doc("points") instanceof Doc.Sequence(var _, var items))) {
            if (fields.has("points")) {
                fields.refuse("points", "'points' must be a list, a mapping for each rate");
            }
            return List.of();
        }
        if (items.isEmpty() || items.size() > MAX_POINTS) {
            fields.refuse("points", "'points' must hold 1 to " + MAX_POINTS + " rates; found " + items.size());
        }
        var points = new ArrayList<Profile.Point>();
        for (var item : items) {
            var of = Fields.of(item, "a point must be a mapping", "points.", problems);
            var point = of == null ? null : point(of);
            if (of == null || point == null) {
                continue;
            }
            if (points.stream().anyMatch(other -> other.ratePerSecond() == point.ratePerSecond())) {
                of.refuse("rate", "rate " + point.ratePerSecond() + " stands twice: one point a rate");
            } else {
                points.add(point);
            }
        }
        return points;
    }

    private static Profile.@Nullable Point point(Fields fields) {
        fields.refuseUnknown(List.of(
                "rate",
                "sources",
                "sourcesLow",
                "sourcesHigh",
                "measuredSources",
                "microsPerSource",
                "marginalMicros",
                "errorPercent",
                "latencyP99Millis",
                "limit"));
        fields.require("rate", "sources", "microsPerSource", "limit");
        var rate = fields.positive("rate", Demand.MAX_RATE_PER_SECOND);
        var sources = count(fields, "sources");
        long cap = sources.orElse(0);
        var low = fields.has("sourcesLow") ? count(fields, "sourcesLow") : sources;
        var high = fields.has("sourcesHigh") ? count(fields, "sourcesHigh") : sources;
        var measured = fields.has("measuredSources") ? count(fields, "measuredSources") : sources;
        var micros = fields.positive("microsPerSource", MAX_MICROS);
        var marginal = fields.has("marginalMicros") ? fields.positive("marginalMicros", MAX_MICROS) : micros;
        var error = notNegative(fields, "errorPercent");
        var latency = notNegative(fields, "latencyP99Millis");
        var limit = limit(fields);
        if (low.orElse(0) > cap || high.orElse(cap) < cap) {
            fields.refuse(
                    "sources",
                    "sources " + cap + " is not between sourcesLow " + low.orElse(0) + " and sourcesHigh "
                            + high.orElse(0));
            return null;
        }
        if (rate.isEmpty()
                || sources.isEmpty()
                || low.isEmpty()
                || high.isEmpty()
                || measured.isEmpty()
                || micros.isEmpty()
                || marginal.isEmpty()
                || limit == null) {
            return null;
        }
        return new Profile.Point(
                rate.getAsDouble(),
                (int) cap,
                (int) low.getAsLong(),
                (int) high.getAsLong(),
                (int) measured.getAsLong(),
                micros.getAsDouble() / MICROS,
                marginal.getAsDouble() / MICROS,
                error / PERCENT,
                latency,
                limit);
    }

    private static OptionalLong count(Fields fields, String key) {
        return fields.whole(key, 0, Integer.MAX_VALUE);
    }

    private static double notNegative(Fields fields, String key) {
        var raw = fields.number(key);
        double value = raw == null ? 0 : Double.parseDouble(raw);
        if (!(value >= 0 && value <= MAX_MICROS)) {
            fields.refuse(key, key + " " + Texts.shown(String.valueOf(raw)) + " is out of range: at least 0");
            return 0;
        }
        return value;
    }

    private static Profile.@Nullable Limit limit(Fields fields) {
        var text = fields.text("limit");
        for (var limit : Profile.Limit.values()) {
            if (word(limit).equals(text)) {
                return limit;
            }
        }
        if (text != null) {
            fields.refuse(
                    "limit",
                    "'limit' must be cpu, latency, stations, generator or time; found '" + Texts.shown(text) + "'");
        }
        return null;
    }

    /** The fit is written for people and follows from the points; one that does not was changed by hand. */
    private static void checkFit(Fields fields, Profile profile) {
        var fit = fields.nested("fit");
        if (fit == null) {
            return;
        }
        fit.refuseUnknown(List.of(
                "perSourceMicros",
                "perSourceErrorMicros",
                "perRecordMicros",
                "perRecordErrorMicros",
                "perDeliveryMicros",
                "perDeliveryErrorMicros",
                "worstPercent"));
        if (!fit.has("perDeliveryMicros")) {
            return; // of a calibration from before there was this term
        }
        var cost = profile.fit().cost();
        double scale = (cost.perSource() + cost.perRecord() + cost.perDelivery()) * MICROS;
        checkFit(fit, "perSourceMicros", cost.perSource() * MICROS, scale);
        checkFit(fit, "perRecordMicros", cost.perRecord() * MICROS, scale);
        checkFit(fit, "perDeliveryMicros", cost.perDelivery() * MICROS, scale);
    }

    private static void checkFit(Fields fit, String key, double expected, double scale) {
        var raw = fit.number(key);
        if (raw != null && Math.abs(Double.parseDouble(raw) - expected) > FIT_ROUNDING * scale) {
            fit.refuse(
                    key,
                    key + " " + Texts.shown(raw) + " does not follow from the points, which give " + round(expected)
                            + ": change the points, or take 'fit' away");
        }
    }

    /** The document of a profile, for a JSON writer. */
    public static Map<String, Object> document(Profile profile) {
        var document = new LinkedHashMap<String, Object>();
        document.put("stationmaster", profile.version());
        document.put("date", profile.date().toString());
        var host = profile.host();
        document.put(
                "host",
                ordered("cpu", host.cpu(), "processors", host.processors(), "os", host.os(), "jdk", host.jdk()));
        document.put("protocol", profile.protocol());
        document.put("sink", profile.sink());
        document.put("isolation", profile.isolation().name().toLowerCase(Locale.ROOT));
        document.put("sizeBytes", profile.sizeBytes());
        document.put(
                "target",
                ordered(
                        "cpu",
                        profile.target().cpu(),
                        "latencyP99Millis",
                        profile.target().latencyP99Millis()));
        document.put(
                "memory",
                ordered(
                        "baseBytes",
                        profile.memory().baseBytes(),
                        "perSourceBytes",
                        profile.memory().perSourceBytes()));
        document.put("points", profile.points().stream().map(ProfileFile::point).toList());
        var fit = profile.fit();
        document.put(
                "fit",
                ordered(
                        "perSourceMicros",
                        round(fit.cost().perSource() * MICROS),
                        "perSourceErrorMicros",
                        round(fit.perSourceError() * MICROS),
                        "perRecordMicros",
                        round(fit.cost().perRecord() * MICROS),
                        "perRecordErrorMicros",
                        round(fit.perRecordError() * MICROS),
                        "perDeliveryMicros",
                        round(fit.cost().perDelivery() * MICROS),
                        "perDeliveryErrorMicros",
                        round(fit.perDeliveryError() * MICROS),
                        "worstPercent",
                        round(fit.worstError() * PERCENT)));
        if (!profile.noisy().isEmpty()) {
            document.put("noisy", profile.noisy());
        }
        return document;
    }

    private static Map<String, Object> point(Profile.Point point) {
        return ordered(
                "rate",
                point.ratePerSecond(),
                "sources",
                point.sources(),
                "sourcesLow",
                point.sourcesLow(),
                "sourcesHigh",
                point.sourcesHigh(),
                "measuredSources",
                point.measuredSources(),
                "microsPerSource",
                round(point.costSeconds() * MICROS),
                "marginalMicros",
                round(point.marginalSeconds() * MICROS),
                "errorPercent",
                round(point.relativeError() * PERCENT),
                "latencyP99Millis",
                round(point.latencyP99Millis()),
                "limit",
                word(point.limit()));
    }

    private static Map<String, Object> ordered(Object... keysAndValues) {
        var map = new LinkedHashMap<String, Object>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return map;
    }

    private static String word(Profile.Limit limit) {
        return limit.name().toLowerCase(Locale.ROOT);
    }

    private static double round(double value) {
        return Math.round(value * 1_000) / 1_000.0;
    }
}
