package org.stationmaster.core.api;

/** Text for people: never longer than asked, never with control characters. */
public final class Text {
    private Text() {}

    /** {@code text} with control characters shown as '?', cut to {@code limit} characters. */
    public static String shorten(String text, int limit) {
        var shown = new StringBuilder(Math.min(text.length(), limit));
        for (int i = 0; i < text.length() && shown.length() < limit; i++) {
            char c = text.charAt(i);
            shown.append(Character.isISOControl(c) ? '?' : c);
        }
        return text.length() > limit ? shown.append('…').toString() : shown.toString();
    }
}
