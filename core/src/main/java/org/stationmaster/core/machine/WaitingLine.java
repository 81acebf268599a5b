package org.stationmaster.core.machine;

import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import org.stationmaster.core.api.SourceId;

/** Sources that wait for a slot, in the order in which they came. Changed by the supervisor's thread alone; any thread reads its figures. */
final class WaitingLine {
    private final LinkedHashSet<SourceId> ids = new LinkedHashSet<>();
    private volatile int count;
    /** When the first of those that wait now came. */
    private volatile long sinceMillis;
    /** Why the last one had to. */
    private volatile String why = "";

    /** One more, unless it waits already; true when it is the first. */
    boolean add(SourceId id, String reason, long wallMillis) {
        boolean first = ids.isEmpty();
        if (first) {
            sinceMillis = wallMillis;
        }
        why = reason;
        ids.add(id);
        count = ids.size();
        return first;
    }

    void remove(SourceId id) {
        if (ids.remove(id)) {
            count = ids.size();
        }
    }

    void clear() {
        ids.clear();
        count = 0;
    }

    /** Behind all others. */
    void toEnd(SourceId id) {
        ids.addLast(id);
    }

    /** Those that wait longest. */
    List<SourceId> first(int most) {
        return ids.stream().limit(most).toList();
    }

    int count() {
        return count;
    }

    Instant since() {
        return Instant.ofEpochMilli(sinceMillis);
    }

    String why() {
        return why;
    }
}
