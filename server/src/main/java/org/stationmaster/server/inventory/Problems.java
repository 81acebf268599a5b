package org.stationmaster.server.inventory;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects errors: the first hundred are kept, the rest counted. One for each file, all with one {@link Tally}. */
final class Problems {
    private static final int KEPT = 100;

    private final String file;
    private final int fileOrder;
    private final Tally tally;

    private Problems(String file, int fileOrder, Tally tally) {
        this.file = file;
        this.fileOrder = fileOrder;
        this.tally = tally;
    }

    static Problems of(String file) {
        return new Problems(file, 0, new Tally());
    }

    /** Another file whose errors go into the same report, behind those of this one. */
    Problems forFile(String other) {
        return new Problems(other, fileOrder + 1, tally);
    }

    void add(Doc.Position at, String key, String message) {
        tally.count++;
        if (tally.kept.size() < KEPT) {
            var error = new InventoryError(file, at.line(), at.column(), key, message);
            tally.kept.add(new Kept(fileOrder, error));
        }
    }

    /** How many there are in all files. */
    long count() {
        return tally.count;
    }

    /** The value when nothing was wrong. */
    <T> Reading<T> settle(@Nullable T value) {
        if (tally.count == 0 && value != null) {
            return new Reading.Valid<>(value);
        }
        if (tally.count == 0) {
            throw new IllegalStateException("no value and no reason in " + file);
        }
        List<InventoryError> errors = tally.kept.stream()
                .sorted(Comparator.comparingInt(Kept::fileOrder)
                        .thenComparingInt(kept -> kept.error().line())
                        .thenComparingInt(kept -> kept.error().column()))
                .map(Kept::error)
                .toList();
        return new Reading.Invalid<>(errors, tally.count - errors.size());
    }

    private record Kept(int fileOrder, InventoryError error) {}

    private static final class Tally {
        private final List<Kept> kept = new ArrayList<>();
        private long count;
    }
}
