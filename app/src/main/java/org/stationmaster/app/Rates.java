package org.stationmaster.app;

import java.math.BigDecimal;
import java.util.regex.Pattern;
import org.stationmaster.core.sizing.Demand;

/** Rates and counts on the command line. */
final class Rates {
    private static final Pattern GROUP = Pattern.compile("([0-9]{1,12})@([^@/]+?)(?:[hH][zZ])?(?:/([a-z0-9-]+))?");

    private Rates() {}

    /** A number without zeros behind the point. */
    static String text(double value) {
        return new BigDecimal(String.valueOf(value)).stripTrailingZeros().toPlainString();
    }

    /** One of {@code --sources}: {@code 1200@1Hz}, {@code 300@100Hz/tcp-lines}. */
    static Demand demand(String text, Profiles profiles) throws Failure {
        var matcher = GROUP.matcher(text);
        if (!matcher.matches()) {
            throw Failure.usage("--sources '" + text + "' is not COUNT@RATE, such as 1200@1Hz or 300@100Hz/tcp-lines");
        }
        double rate = rate("--sources", matcher.group(2));
        long count = Long.parseLong(matcher.group(1));
        if (count < 1 || count > Demand.MAX_SOURCES) {
            throw Failure.usage(
                    "--sources " + text + ": " + count + " sources are out of range 1 to " + Demand.MAX_SOURCES);
        }
        var protocol = matcher.group(3);
        var profile = profiles.of(protocol, rate);
        return new Demand((int) count, rate, protocol == null ? profile.protocol() : protocol, profile);
    }

    /** Records per second within what there is. */
    static double rate(String option, String text) throws Failure {
        double rate;
        try {
            rate = Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw Failure.usage(option + ": '" + text + "' is no rate in Hz");
        }
        if (!(rate > 0 && rate <= Demand.MAX_RATE_PER_SECOND)) {
            throw Failure.usage(option + ": a rate of " + text + " Hz is out of range: above 0, at most "
                    + text(Demand.MAX_RATE_PER_SECOND));
        }
        return rate;
    }
}
