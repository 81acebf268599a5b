package org.stationmaster.app;

/** What a piece of text means; the colour follows from it. */
enum Paint {
    PLAIN("", ""),
    DIM("90", "38;5;242"),
    STRONG("1", "1"),
    TITLE("1;36", "1;38;5;80"),
    GOOD("32", "38;5;78"),
    BUSY("36", "38;5;75"),
    WARN("33", "38;5;215"),
    BAD("1;31", "1;38;5;203"),
    REST("34", "38;5;105"),
    LEAVE("35", "38;5;176");

    private final String sixteen;
    private final String many;

    Paint(String sixteen, String many) {
        this.sixteen = sixteen;
        this.many = many;
    }

    /** The parameters of its SGR sequence; empty: none. */
    String code(Look.Colours colours) {
        return switch (colours) {
            case NONE -> "";
            case SIXTEEN -> sixteen;
            case MANY -> many;
        };
    }
}
