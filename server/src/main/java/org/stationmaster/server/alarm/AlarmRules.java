package org.stationmaster.server.alarm;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.MachineView.Alarm;
import org.stationmaster.core.api.MachineView.SourcePage;
import org.stationmaster.core.api.MachineView.SourceQuery;
import org.stationmaster.core.api.MachineView.SourceStatus;
import org.stationmaster.core.api.SourceState;
import org.stationmaster.core.api.Text;

/**
 * What is wrong, as it can be read of a machine at one moment. Sources that are not heard are taken together by host: a dead
 * link is one condition.
 */
final class AlarmRules {
    private static final long GIB = 1L << 30;
    private static final int SHARE_LEFT = 20;
    /** Small, so that what was read of sources is garbage while it is young. */
    private static final int PAGE = 500;

    private AlarmRules() {}

    /**
     * Room on the disk of the data.
     *
     * @param path where, for people
     */
    record Disk(String path, long usableBytes, long totalBytes) {}

    /**
     * @param alarms what the machine and its inventory tell; sources that fail are looked at one by one instead
     * @param disk null: not known
     */
    static List<Condition> judge(
            Collection<Alarm> alarms, Function<SourceQuery, SourcePage> sources, @Nullable Disk disk, Instant now) {
        var found = new ArrayList<Condition>();
        alarms.stream().filter(alarm -> alarm.kind() != Alarm.Kind.FAILING).forEach(alarm -> found.add(of(alarm)));
        if (disk != null && disk.usableBytes() < Math.min(GIB, disk.totalBytes() / SHARE_LEFT)) {
            found.add(new Condition(
                    "disk",
                    Alarm.Kind.DISK,
                    disk.path(),
                    now,
                    0,
                    false,
                    disk.usableBytes() / (1 << 20)
                            + " MiB are left for the data: free some; a full disk stops the reading"));
        }
        addUnheard(found, sources, now);
        return found;
    }

    private static Condition of(Alarm alarm) {
        return new Condition(
                alarm.kind() + " " + alarm.subject(),
                alarm.kind(),
                alarm.subject(),
                alarm.since(),
                0,
                false,
                alarm.message());
    }

    private static void addUnheard(List<Condition> found, Function<SourceQuery, SourcePage> sources, Instant now) {
        Map<String, Host> hosts = new TreeMap<>();
        String after = null;
        do {
            var page = sources.apply(new SourceQuery(null, null, after, PAGE));
            for (var status : page.sources()) {
                boolean isAwaited = status.slot() != null || status.reason() == EndReason.NOT_CALLED;
                if (isAwaited
                        && status.state() != SourceState.FILTERED
                        && status.state() != SourceState.PAUSED
                        && status.state() != SourceState.STOPPING) {
                    hosts.computeIfAbsent(host(status), Host::new).add(status, now);
                }
            }
            after = page.next();
        } while (after != null);
        hosts.values().stream().filter(host -> !host.unheard.isEmpty()).forEach(host -> found.add(host.condition()));
    }

    /** Stations that call in have nothing in common; no host has a blank in its name. */
    private static String host(SourceStatus status) {
        var source = status.source();
        return source.isDialIn() ? "of " + source.id() : source.host();
    }

    /** The sources of one host. */
    private static final class Host {
        private final String name;
        private int sources;
        private boolean fails;
        private final List<SourceStatus> unheard = new ArrayList<>();

        Host(String name) {
            this.name = name;
        }

        void add(SourceStatus status, Instant now) {
            sources++;
            if (status.failing()
                    || heard(status).plus(status.source().silence()).isBefore(now)) {
                unheard.add(status);
                fails |= status.failing();
            }
        }

        Condition condition() {
            var first = unheard.getFirst();
            var since =
                    unheard.stream().map(Host::heard).min(Instant::compareTo).orElseThrow();
            boolean alone = sources == 1;
            return new Condition(
                    "host " + name,
                    fails ? Alarm.Kind.FAILING : Alarm.Kind.SILENT,
                    alone ? first.source().id().value() : name,
                    since,
                    unheard.size(),
                    unheard.size() == sources,
                    alone
                            ? reason(first)
                            : unheard.size() + " of its " + sources + " sources "
                                    + (unheard.size() == 1 ? "fails or is silent (" : "fail or are silent (")
                                    + Text.some(unheard.stream()
                                            .map(status -> status.source().id().value())) + "): " + commonReason());
        }

        /** Of the reason that most of them have: of how many it is, and what one of them tells. */
        private String commonReason() {
            Map<EndReason, List<SourceStatus>> reasons = new EnumMap<>(EndReason.class);
            unheard.forEach(status -> reasons.computeIfAbsent(
                            status.detail().isEmpty() ? EndReason.NONE : status.reason(), _ -> new ArrayList<>())
                    .add(status));
            var most = reasons.values().stream()
                    .max(Comparator.comparingInt(List::size))
                    .orElseThrow();
            return (most.size() == unheard.size() ? "" : most.size() + " of them ") + reason(most.getFirst());
        }

        private static String reason(SourceStatus status) {
            return status.detail().isEmpty()
                    ? "connected, but no record comes"
                    : status.reason() + ": " + status.detail();
        }

        /** When it was heard last, or began to listen. */
        private static Instant heard(SourceStatus status) {
            var begun = Instant.ofEpochMilli(status.epoch());
            var last = status.lastRecordAt();
            return last == null || last.isBefore(begun) ? begun : last;
        }
    }
}
