package org.stationmaster.testkit;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which faults a network has, and how often. For each connected source and each second one draw is made; it depends
 * on the seed, the source and the second alone, so the same seed gives the same faults.
 *
 * @param faults at most one of each kind; when several would strike in one second, the first does
 */
public record FaultPlan(List<Fault> faults) {
    /** No faults. */
    public static final FaultPlan NONE = new FaultPlan(List.of());

    private static final double DEFAULT_SECONDS = 10;
    private static final double MAX_SECONDS = 86_400;

    /** What can go wrong with a station. */
    public enum Kind {
        /** Sends nothing for some seconds; the connection stays. */
        SILENCE(true),
        /** Ends the connection by RST. */
        RESET(false),
        /** Vanishes: the socket is neither read, written nor closed any more. New connects are served. */
        HALF_OPEN(false),
        /** For some seconds writes at most 20 bytes at a time. */
        SLOW(true),
        /** Ends the connection by FIN in the middle of a record. */
        CUT(false),
        /** Writes random bytes between two records. */
        GARBAGE(false),
        /** For some seconds resets every connection as soon as it knows whose it is, the current one too. */
        REFUSE(true),
        /** For some seconds sends at 100 times its rate. */
        FLOOD(true);

        private final boolean lasting;

        /** Where its draws are: other kinds beside it do not change them. */
        private final long place = name().hashCode();

        Kind(boolean lasting) {
            this.lasting = lasting;
        }

        /** As written in a specification: {@code half-open}. */
        public String text() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        /** Whether it lasts for some seconds, or is over at once. */
        public boolean isLasting() {
            return lasting;
        }

        static @Nullable Kind of(String text) {
            for (Kind kind : values()) {
                if (kind.text().equals(text)) {
                    return kind;
                }
            }
            return null;
        }
    }

    /**
     * One kind.
     *
     * @param probability of striking a source in a second, from 0 to 1
     * @param seconds how long it lasts, above 0; 0 for kinds that do not last
     */
    public record Fault(Kind kind, double probability, double seconds) {
        public Fault {
            if (!(probability >= 0 && probability <= 1)) {
                throw new IllegalArgumentException(
                        "the probability of " + kind.text() + " is " + probability + ", not from 0 to 1");
            }
            if (kind.isLasting() ? !(seconds > 0 && seconds <= MAX_SECONDS) : seconds != 0) {
                throw new IllegalArgumentException("the seconds of " + kind.text() + " are " + seconds
                        + (kind.isLasting() ? ", not above 0 and at most 86400" : ", but it does not last"));
            }
        }

        long nanos() {
            return (long) (seconds * 1e9);
        }
    }

    public FaultPlan {
        faults = List.copyOf(faults);
        var seen = EnumSet.noneOf(Kind.class);
        for (Fault fault : faults) {
            if (!seen.add(fault.kind())) {
                throw new IllegalArgumentException("fault " + fault.kind().text() + " is given twice");
            }
        }
    }

    /**
     * Reads {@code kind=probability/s[:seconds],…}, for instance {@code reset=0.01/s,silence=0.02/s:15}. Seconds are
     * 10 unless given.
     *
     * @throws IllegalArgumentException naming the piece that is wrong
     */
    public static FaultPlan parse(String text) {
        if (text.isBlank()) {
            return NONE;
        }
        var faults = new ArrayList<Fault>();
        for (String piece : text.split(",", -1)) {
            try {
                faults.add(fault(piece.strip()));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("fault '" + piece.strip() + "': " + e.getMessage(), e);
            }
        }
        return new FaultPlan(faults);
    }

    private static Fault fault(String piece) {
        int equals = piece.indexOf('=');
        var name = equals < 0 ? piece : piece.substring(0, equals);
        var kind = Kind.of(name);
        if (kind == null) {
            var known = Stream.of(Kind.values()).map(Kind::text).collect(Collectors.joining(", "));
            throw new IllegalArgumentException("'" + name + "' is none of " + known);
        }
        int perSecond = piece.indexOf("/s", equals + 1);
        if (equals < 0 || perSecond < 0) {
            throw new IllegalArgumentException("a probability is missing: write " + name + "=0.01/s");
        }
        double probability = number(piece.substring(equals + 1, perSecond), "probability");
        var rest = piece.substring(perSecond + 2);
        if (rest.isEmpty()) {
            return new Fault(kind, probability, kind.isLasting() ? DEFAULT_SECONDS : 0);
        }
        if (rest.charAt(0) != ':') {
            throw new IllegalArgumentException("'" + rest + "' is left over: write " + name + "=0.01/s:SECONDS");
        }
        if (!kind.isLasting()) {
            throw new IllegalArgumentException(name + " does not last: leave out '" + rest + "'");
        }
        return new Fault(kind, probability, number(rest.substring(1), "number of seconds"));
    }

    private static double number(String text, String what) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'" + text + "' is no " + what, e);
        }
    }

    /** What strikes source {@code index} in a second of the network's life; null: nothing. */
    @Nullable
    Fault draw(long seed, int index, long second) {
        long place = Seeds.mix(seed, Seeds.mix(index, second));
        for (Fault fault : faults) {
            if (Seeds.fraction(place, fault.kind().place) < fault.probability()) {
                return fault;
            }
        }
        return null;
    }

    boolean isEmpty() {
        return faults.isEmpty();
    }
}
