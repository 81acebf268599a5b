package org.stationmaster.stations.seedlink;

import org.stationmaster.core.api.StationRecord;

/**
 * A record's position: its sequence number, marked with the version of the protocol that gave it, since a server numbers
 * otherwise in the other.
 */
final class Token {
    /** Version 3 counts 24 bits, then begins again at 0. */
    static final long MASK_3 = 0xff_ffffL;

    private static final long MARK_3 = 1L << 62;

    private Token() {}

    /** A number that version 4 does not give: its servers count from 0. */
    static boolean isPossible(int version, long sequence) {
        return version == 3 || (sequence >= 0 && sequence < MARK_3);
    }

    static long of(int version, long sequence) {
        return version == 3 ? MARK_3 | sequence : sequence;
    }

    /** Whether the version can be asked for what follows. */
    static boolean isOf(int version, long token) {
        return token != StationRecord.UNKNOWN && token >= 0 && ((token & MARK_3) != 0) == (version == 3);
    }

    /** The sequence number behind it. */
    static long next(int version, long token) {
        return version == 3 ? (token + 1) & MASK_3 : token + 1;
    }

    /** Whether {@code sequence} comes after the token's; of version 3 within half of its numbers. */
    static boolean isAhead(int version, long token, long sequence) {
        return version == 3
                ? ((sequence - token) & MASK_3) - 1 < MASK_3 / 2 && (sequence & MASK_3) != (token & MASK_3)
                : sequence > token;
    }
}
