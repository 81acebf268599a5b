package org.stationmaster.core.machine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@Timeout(10)
class CpuTimeTest {
    @Test
    @EnabledOnOs(OS.LINUX)
    void aProcessTookTimeAndNoMoreThanWithItsCompilers() {
        long work = CpuTime.OF_THREADS.workNanos(ProcessHandle.current().pid(), -1);
        long all =
                ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos();
        assertThat(work).isPositive().isLessThan(all + 1_000_000_000L);
    }

    @Test
    void ofAProcessThatIsNotThereItIsWhatWasTold() {
        assertThat(CpuTime.OF_THREADS.workNanos(Long.MAX_VALUE, 7)).isEqualTo(7);
    }
}
