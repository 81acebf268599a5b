package org.stationmaster.core.api;

import java.util.stream.Stream;

/** Text for people: never longer than asked, never with control characters. */
public final class Text {
    /** How many of a list are named where all would be too many. */
    public static final int SOME = 5;

    private Text() {}

    /** The first {@link #SOME} of the words with commas between, and an ellipsis when there are more. */
    public static String some(Stream<String> words) {
        var first = words.limit(SOME + 1L).toList();
        var named = String.join(", ", first.subList(0, Math.min(first.size(), SOME)));
        return first.size() > SOME ? named + ", …" : named;
    }

    /** With its word: {@code 1 source}, {@code 2 sources}. */
    public static String count(long value, String word) {
        return value + " " + word + (value == 1 ? "" : "s");
    }

    /** {@code text} with control characters shown as '?', cut to {@code limit} characters. */
    public static String shorten(String text, int limit) {
        var shown = new StringBuilder(Math.min(text.length(), limit));
        for (int i = 0; i < text.length() && shown.length() < limit; i++) {
            char c = text.charAt(i);
            shown.append(isControl(c) ? '?' : c);
        }
        return text.length() > limit ? shown.append('…').toString() : shown.toString();
    }

    /** Also what ends a line without being a control character. */
    private static boolean isControl(char c) {
        return Character.isISOControl(c) || c == '\u2028' || c == '\u2029';
    }
}
