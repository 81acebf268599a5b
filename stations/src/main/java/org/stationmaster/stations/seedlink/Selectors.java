package org.stationmaster.stations.seedlink;

import java.util.regex.Pattern;

/** Which streams of a station are wanted: {@code [!][LL]CCC[.T]} as version 3 has it, or a pattern of version 4. */
final class Selectors {
    private static final Pattern SELECTOR = Pattern.compile("!?[A-Za-z0-9?*_-]{1,32}(\\.[A-Za-z0-9?*]{1,8})?");
    private static final Pattern VERSION_3 = Pattern.compile("(!?)(--|[A-Za-z0-9?]{1,2})?([A-Za-z0-9?*]{3})(\\..*)?");

    private static final Pattern STREAM_4 = Pattern.compile("([A-Z0-9]{0,2})_([A-Z0-9])_([A-Z0-9])_([A-Z0-9])");

    private Selectors() {}

    static boolean isSelector(String text) {
        return SELECTOR.matcher(text).matches();
    }

    /** {@code 00_B_H_Z} becomes {@code 00BHZ}, what has other codes stays. */
    static String version3(String stream) {
        var parts = STREAM_4.matcher(stream);
        return parts.matches() ? parts.group(1) + parts.group(2) + parts.group(3) + parts.group(4) : stream;
    }

    /** {@code 00BHZ} becomes {@code 00_B_H_Z}, {@code BHZ} becomes {@code *_B_H_Z}; what is none of version 3 stays. */
    static String version4(String selector) {
        var parts = VERSION_3.matcher(selector);
        if (!parts.matches()) {
            return selector;
        }
        var location = parts.group(2) == null ? "*" : parts.group(2).equals("--") ? "" : parts.group(2);
        var channel = parts.group(3);
        var type = parts.group(4) == null ? "" : parts.group(4);
        return parts.group(1)
                + location
                + '_'
                + channel.charAt(0)
                + '_'
                + channel.charAt(1)
                + '_'
                + channel.charAt(2)
                + type;
    }
}
