package org.stationmaster.app;

import java.util.List;
import org.stationmaster.core.sizing.Profile;

/**
 * What a profile says of one rate, tried. Each count is looked at some times, and most of its looks decide. Pure.
 *
 * @param planned how many a plan gives one worker at this rate
 * @param at looks with so many
 * @param beyond looks with {@value #BEYOND} times as many; empty: so many cannot be simulated here
 */
record CapCheck(double rate, int planned, List<CapSearch.Look> at, List<CapSearch.Look> beyond) {
    /** A plan is tight when so many times its sources are too many. */
    static final double BEYOND = 1.3;

    /** An odd number: one of both has the majority. */
    static final int LOOKS = 3;

    boolean holds(Profile.Target target) {
        return isCarried(at, target) && !beyond.isEmpty() && !isCarried(beyond, target);
    }

    static boolean isCarried(List<CapSearch.Look> looks, Profile.Target target) {
        return 2 * looks.stream().filter(look -> look.holds(target)).count() > looks.size();
    }
}
