package org.stationmaster.server.inventory;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.stationmaster.core.api.Text;

/** Small functions on text for error messages. */
final class Texts {
    private static final int SHOWN_CHARACTERS = 60;

    /** Of more words that are as near none can be meant. */
    private static final int MOST_ASKED = 3;

    private Texts() {}

    static String shown(String text) {
        return Text.shorten(text, SHOWN_CHARACTERS);
    }

    /** The question for the word that was most likely meant, or for the few that are as near; empty when there is none. */
    static Optional<String> didYouMean(String word, Collection<String> known) {
        var nearest = nearest(word, known);
        return nearest.isEmpty() || nearest.size() > MOST_ASKED
                ? Optional.empty()
                : Optional.of("did you mean '" + String.join("' or '", nearest) + "'?");
    }

    private static List<String> nearest(String word, Collection<String> known) {
        var best = new ArrayList<String>();
        int bestDistance = Math.clamp(word.length() / 2, 1, 3);
        for (var candidate : known) {
            boolean begins = word.length() >= 3 && candidate.startsWith(word);
            int distance =
                    word.equalsIgnoreCase(candidate) ? 0 : begins ? 1 : distance(word, candidate, bestDistance + 1);
            if (distance < bestDistance) {
                best.clear();
                bestDistance = distance;
            }
            if (distance == bestDistance) {
                best.add(candidate);
            }
        }
        return best;
    }

    /** How many letters are another, too many, too few or the wrong way round; or {@code limit} when not below. */
    private static int distance(String a, String b, int limit) {
        if (Math.abs(a.length() - b.length()) >= limit) {
            return limit;
        }
        var rows = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                rows[i][j] = i == 0 ? j : j == 0 ? i : cheapest(rows, a, b, i, j);
            }
        }
        return Math.min(limit, rows[a.length()][b.length()]);
    }

    private static int cheapest(int[][] rows, String a, String b, int i, int j) {
        int replaced = rows[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        int cheapest = Math.min(replaced, Math.min(rows[i - 1][j], rows[i][j - 1]) + 1);
        boolean isSwapped = i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
        return isSwapped ? Math.min(cheapest, rows[i - 2][j - 2] + 1) : cheapest;
    }
}
