package org.stationmaster.core.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class DescriptorTableTest {
    private static final Path STATUS = Path.of("/proc/self/status");

    /** The kernel's own word for it. */
    private static int places() throws IOException {
        return Files.readAllLines(STATUS).stream()
                .filter(line -> line.startsWith("FDSize:"))
                .mapToInt(line ->
                        Integer.parseInt(line.substring("FDSize:".length()).strip()))
                .findFirst()
                .orElseThrow();
    }

    private static long open() throws IOException {
        try (var files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count();
        }
    }

    @Test
    void itHasRoomBeforeTheFilesComeAndNoneIsLeftOpen() throws IOException {
        assumeTrue(Files.exists(STATUS) && NettyLoop.isNative());
        int before = places();
        long openBefore = open();
        DescriptorTable.reserve(0);
        DescriptorTable.reserve(64);
        DescriptorTable.reserve(before);
        assertThat(places()).as("it is large enough").isEqualTo(before);
        DescriptorTable.reserve(before + 1);
        assertThat(places()).isEqualTo(2 * before);
        assertThat(open())
                .as("what held the places is closed; others may open some")
                .isLessThan(openBefore + before / 4);
    }
}
