package org.stationmaster.core.machine;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.sizing.SizePlan;

/** Counts file descriptors before they are needed: a machine that would run out of them at night does not start. */
final class Descriptors {
    private Descriptors() {}

    /** @throws MachineStartException the process may not open enough of them; the message says what to set */
    static void check(MachineSize size, int sinkFiles) throws MachineStartException {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
            check(size, sinkFiles, system.getMaxFileDescriptorCount());
        }
    }

    static void check(MachineSize size, int sinkFiles, long limit) throws MachineStartException {
        int reserve = SizePlan.reserve(size.workers());
        long needed = SizePlan.descriptors(size, sinkFiles);
        if (needed > limit) {
            throw new MachineStartException(
                    size + " need " + needed + " file descriptors (one a slot, " + sinkFiles
                            + " for sinks and callers, " + reserve
                            + " in reserve), but this process may open " + limit + ": set LimitNOFILE=" + needed
                            + " in its systemd unit, or 'ulimit -n " + needed + "', or take fewer slots",
                    null);
        }
    }
}
