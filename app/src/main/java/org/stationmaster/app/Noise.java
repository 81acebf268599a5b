package org.stationmaster.app;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What disturbed a look, in shares of a processor. Pure.
 *
 * @param stolen taken by the hypervisor
 * @param others used by other processes
 * @param waited waited for by the worker's threads
 */
record Noise(double stolen, double others, double waited) {
    private static final double MOST_STOLEN = 0.03;
    private static final double MOST_OTHERS = 0.15;
    private static final double MOST_WAITED = 0.25;

    /** Looks that may be noisy before the profile is. */
    private static final double NOISY_LOOKS = 0.34;

    /** The same load at the beginning and at the end may differ by this share. */
    private static final double DRIFT = 0.1;

    /** Why the look is not to be trusted; empty: it is. */
    String words() {
        var words = new ArrayList<String>();
        add(words, "the hypervisor took %.0f %%", stolen, MOST_STOLEN);
        add(words, "others used %.0f %%", others, MOST_OTHERS);
        add(words, "the worker waited %.0f %%", waited, MOST_WAITED);
        return String.join(", ", words);
    }

    private static void add(List<String> words, String format, double share, double most) {
        if (share > most) {
            words.add(String.format(Locale.ROOT, format, 100 * share));
        }
    }

    /** Why a profile is not to be trusted much; empty: it is. */
    static String ofAll(List<CapSearch.Look> looks, double drift) {
        var noisy = looks.stream()
                .map(CapSearch.Look::noise)
                .filter(noise -> !noise.isEmpty())
                .toList();
        if (noisy.size() > NOISY_LOOKS * looks.size()) {
            return noisy.size() + " of " + looks.size() + " looks were disturbed; the last: " + noisy.getLast()
                    + " of a processor";
        }
        return Math.abs(drift) <= DRIFT
                ? ""
                : String.format(
                        Locale.ROOT,
                        "the first rate took %.0f %% %s at the end than at the beginning",
                        100 * Math.abs(drift),
                        drift > 0 ? "more" : "less");
    }
}
