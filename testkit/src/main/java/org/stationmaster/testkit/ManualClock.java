package org.stationmaster.testkit;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.stationmaster.core.api.Clock;

/**
 * A clock that stands still until it is advanced. Both of its scales move together. Safe from any thread.
 *
 * <p>It wakes nobody: what waits for it must look again, or be run by hand after {@link #advance}. A machine that was given
 * it ({@code Machine.of(…).clock(…)}) looks ten times a second of real time: a source whose silence or backoff is over by
 * this clock is judged 0.1 s after the advance, however far that was. Wait for the state that follows before the next
 * step.
 */
public final class ManualClock implements Clock {
    /** 2026-01-01T00:00:00 UTC, where a new clock stands unless told otherwise. */
    public static final long DEFAULT_EPOCH_NANOS = 1_767_225_600_000_000_000L;

    private final AtomicLong elapsedNanos = new AtomicLong();
    private final long originNanos;

    /** A clock at {@link #DEFAULT_EPOCH_NANOS}. */
    public ManualClock() {
        this(DEFAULT_EPOCH_NANOS);
    }

    /** @param originNanos nanoseconds since 1970 UTC at which the clock stands first */
    public ManualClock(long originNanos) {
        this.originNanos = originNanos;
    }

    /**
     * Moves the clock.
     *
     * @throws IllegalArgumentException {@code by} is negative: monotonic time never goes back
     */
    public void advance(Duration by) {
        if (by.isNegative()) {
            throw new IllegalArgumentException("a clock cannot be advanced by " + by);
        }
        elapsedNanos.addAndGet(by.toNanos());
    }

    /** How far the clock was advanced in all. */
    public Duration elapsed() {
        return Duration.ofNanos(elapsedNanos.get());
    }

    @Override
    public long nanoTime() {
        return elapsedNanos.get();
    }

    @Override
    public long epochNanos() {
        return originNanos + elapsedNanos.get();
    }
}
