package org.stationmaster.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SimulatedStationsTest {
    private static final String TWO = "- { id: A, port: 1 }\n- { id: B, port: 1 }\n";
    private static final String ONE = "- { id: A, port: 2 }\n";

    @TempDir
    private Path folder;

    @Test
    void aFileThatNobodyHasChangedIsReplaced() throws Exception {
        var file = Files.createFile(folder.resolve("stations.yaml"));
        assertThat(SimulatedStations.write(file, TWO)).isTrue();
        assertThat(file).content().startsWith(TWO);
        assertThat(SimulatedStations.write(file, ONE)).isTrue();
        assertThat(file).content().startsWith(ONE).doesNotContain("B");
    }

    @Test
    void whatWasAddedStaysWhileTheStationsAreThere() throws Exception {
        var file = folder.resolve("stations.yaml");
        SimulatedStations.write(file, TWO);
        add(file, "- { id: MINE, port: 3 } # Süd\n");
        var before = Files.readAllBytes(file);
        assertThat(SimulatedStations.write(file, TWO)).isFalse();
        assertThatThrownBy(() -> SimulatedStations.write(file, ONE))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("stations.yaml holds what 'simulate' has not written")
                .hasMessageContaining("--stations");
        assertThat(file).hasBinaryContent(before);
    }

    @Test
    void aChangedLineAndAFileOfAnotherKindAreNotLost() throws Exception {
        var file = folder.resolve("stations.yaml");
        SimulatedStations.write(file, TWO);
        Files.writeString(file, Files.readString(file).replace("id: B", "id: C"));
        assertThatThrownBy(() -> SimulatedStations.write(file, TWO)).isInstanceOf(Failure.class);
        var other = Files.write(folder.resolve("other"), new byte[] {(byte) 0xff, 0, '\n'});
        assertThatThrownBy(() -> SimulatedStations.write(other, TWO)).isInstanceOf(Failure.class);
        assertThat(other).hasBinaryContent(new byte[] {(byte) 0xff, 0, '\n'});
    }

    private static void add(Path file, String line) throws IOException {
        Files.write(file, line.getBytes(StandardCharsets.UTF_8), StandardOpenOption.APPEND);
    }
}
