package org.stationmaster.core.machine;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import org.stationmaster.core.api.MachineSize;

/** Counts file descriptors before they are needed: a machine that would run out of them at night does not start. */
final class Descriptors {
    /** For the JVM and its jars, the control plane and its clients, name look-ups, and a flush of the archive. */
    static final int RESERVE = 384;

    /** An event loop: epoll, its wake-up and its timer, and one to spare. */
    static final int OF_A_LOOP = 4;

    private Descriptors() {}

    /** @throws MachineStartException the process may not open enough of them; the message says what to set */
    static void check(MachineSize size, int sinkFiles) throws MachineStartException {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
            check(size, sinkFiles, system.getMaxFileDescriptorCount());
        }
    }

    static void check(MachineSize size, int sinkFiles, long limit) throws MachineStartException {
        int reserve = RESERVE + OF_A_LOOP * size.workers();
        long needed = size.totalSlots() + sinkFiles + reserve;
        if (needed > limit) {
            throw new MachineStartException(
                    size + " need " + needed + " file descriptors (one a slot, " + sinkFiles + " for sinks, " + reserve
                            + " in reserve), but this process may open " + limit + ": set LimitNOFILE=" + needed
                            + " in its systemd unit, or 'ulimit -n " + needed + "', or take fewer slots",
                    null);
        }
    }
}
