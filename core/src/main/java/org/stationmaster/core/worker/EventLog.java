package org.stationmaster.core.worker;

import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.stationmaster.core.api.MachineView.EventPage;
import org.stationmaster.core.api.MachineView.SlotEvent;

/** The last slot transitions of the machine. Safe from any thread; older ones are forgotten. */
public final class EventLog {
    private static final int KEPT = 4096;

    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<SlotEvent> events = new ArrayDeque<>();
    /** The number of the last; the first has 1. */
    private long last;

    public void add(SlotEvent event) {
        lock.lock();
        try {
            if (events.size() == KEPT) {
                events.removeFirst();
            }
            events.addLast(event);
            last++;
        } finally {
            lock.unlock();
        }
    }

    /** The last {@code limit}, oldest first. */
    public List<SlotEvent> last(int limit) {
        lock.lock();
        try {
            return events.stream().skip(Math.max(0, events.size() - limit)).toList();
        } finally {
            lock.unlock();
        }
    }

    /** Those behind the one with this number, oldest first, at most {@code limit}. */
    public EventPage after(long number, int limit) {
        lock.lock();
        try {
            long before = last - events.size(); // the number before the oldest kept
            long from = Math.clamp(number, before, last);
            var page = events.stream().skip(from - before).limit(limit).toList();
            return new EventPage(page, from + page.size(), Math.max(0, from - number));
        } finally {
            lock.unlock();
        }
    }
}
