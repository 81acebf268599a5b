package org.stationmaster.server.inventory;

import java.util.Collection;
import java.util.Optional;
import org.stationmaster.core.api.Text;

/** Small functions on text for error messages. */
final class Texts {
    private static final int SHOWN_CHARACTERS = 60;

    private Texts() {}

    static String shown(String text) {
        return Text.shorten(text, SHOWN_CHARACTERS);
    }

    /** The word that was most likely meant; empty when none is near. */
    static Optional<String> nearest(String word, Collection<String> known) {
        String best = null;
        int bestDistance = Math.clamp(word.length() / 2, 1, 3) + 1;
        for (var candidate : known) {
            boolean begins = word.length() >= 3 && candidate.startsWith(word);
            int distance = word.equalsIgnoreCase(candidate) ? 0 : begins ? 1 : distance(word, candidate, bestDistance);
            if (distance < bestDistance) {
                best = candidate;
                bestDistance = distance;
            }
        }
        return Optional.ofNullable(best);
    }

    /** Levenshtein's distance, or {@code limit} when it is not below. */
    private static int distance(String a, String b, int limit) {
        if (Math.abs(a.length() - b.length()) >= limit) {
            return limit;
        }
        var previous = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            var row = new int[b.length() + 1];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(replaced, Math.min(previous[j], row[j - 1]) + 1);
            }
            previous = row;
        }
        return previous[b.length()];
    }
}
