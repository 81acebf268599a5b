package org.stationmaster.app;

import org.stationmaster.core.api.SlotState;

/** How slot states look. Colour and shape both tell them apart, so that neither is needed alone. */
final class Glyph {
    private Glyph() {}

    /** What one cell may stand for several slots: the state that an operator must see first. */
    static SlotState worse(SlotState one, SlotState other) {
        return badness(one) >= badness(other) ? one : other;
    }

    private static int badness(SlotState state) {
        return switch (state) {
            case IDLE -> 0;
            case RUNNING -> 1;
            case PAUSED -> 2;
            case STOPPING -> 3;
            case STARTING -> 4;
            case BACKOFF -> 5;
        };
    }

    static Paint paint(SlotState state) {
        return switch (state) {
            case IDLE -> Paint.DIM;
            case RUNNING -> Paint.GOOD;
            case PAUSED -> Paint.REST;
            case STOPPING -> Paint.LEAVE;
            case STARTING -> Paint.BUSY;
            case BACKOFF -> Paint.WARN;
        };
    }

    static String of(SlotState state, boolean unicode) {
        return switch (state) {
            case IDLE -> unicode ? "·" : ".";
            case RUNNING -> unicode ? "■" : "#";
            case PAUSED -> "=";
            case STOPPING -> "-";
            case STARTING -> "+";
            case BACKOFF -> unicode ? "▲" : "!";
        };
    }
}
