package org.stationmaster.core.worker;

import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.stationmaster.core.api.MachineView.SlotEvent;

/** The last slot transitions of the machine. Safe from any thread; older ones are forgotten. */
public final class EventLog {
    private static final int KEPT = 1024;

    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<SlotEvent> events = new ArrayDeque<>(KEPT);

    public void add(SlotEvent event) {
        lock.lock();
        try {
            if (events.size() == KEPT) {
                events.removeFirst();
            }
            events.addLast(event);
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
}
