package org.stationmaster.core.machine;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.machine.Entry.Want;

/** Who shares a connection key, released ones apart; see {@code TaskScheduler.connectionKey}. The supervisor's thread alone. */
final class KeyBook {
    private final Function<Source, @Nullable String> keyOf;
    private final Map<String, SequencedSet<SourceId>> byKey = new HashMap<>();

    KeyBook(Function<Source, @Nullable String> keyOf) {
        this.keyOf = keyOf;
    }

    /** It is to have a slot. */
    void add(Source source) {
        var key = keyOf.apply(source);
        if (key != null) {
            // in front: who comes next finds one with a slot at the first look
            byKey.computeIfAbsent(key, _ -> new LinkedHashSet<>()).addFirst(source.id());
        }
    }

    void remove(Source source) {
        var key = keyOf.apply(source);
        var others = key == null ? null : byKey.get(key);
        if (others != null && others.remove(source.id()) && others.isEmpty()) {
            byKey.remove(key);
        }
    }

    /** A source that has a slot has other metadata. */
    void change(Source before, Source after) {
        if (!Objects.equals(keyOf.apply(before), keyOf.apply(after))) {
            remove(before);
            add(after);
        }
    }

    /** Whether there are others with its key. */
    boolean isShared(Source source) {
        var key = keyOf.apply(source);
        var others = key == null ? null : byKey.get(key);
        return others != null && others.size() > 1;
    }

    /** A slot of another with its key; null when there is none. */
    @Nullable
    SlotId besideOthers(Source source, Function<SourceId, @Nullable Entry> entries) {
        var key = keyOf.apply(source);
        var others = key == null ? null : byKey.get(key);
        if (key == null || others == null) {
            return null;
        }
        for (var ids = others.iterator(); ids.hasNext(); ) {
            var other = entries.apply(ids.next());
            if (other == null || !key.equals(keyOf.apply(other.source()))) {
                ids.remove(); // it was changed meanwhile
                continue;
            }
            var slot = other.want() == Want.RUN ? other.slot() : null;
            if (slot != null) {
                return slot;
            }
        }
        return null;
    }
}
