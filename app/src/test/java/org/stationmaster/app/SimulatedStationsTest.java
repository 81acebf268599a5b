package org.stationmaster.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SimulatedStationsTest {
    private static final String TWO = "- { id: A, port: 1 }\n- { id: B, port: 1 }\n";
    private static final String ONE = "- { id: A, port: 2 }\n";

    private final StringWriter err = new StringWriter();

    @TempDir
    private Path folder;

    @Test
    void aFileThatNobodyHasChangedIsReplaced() throws Exception {
        var file = Files.createFile(folder.resolve("stations.yaml"));
        assertThat(SimulatedStations.write(file, TWO)).isTrue();
        assertThat(file).content().startsWith(TWO);
        assertThat(SimulatedStations.write(file, ONE)).isTrue();
        assertThat(file).content().startsWith(ONE).doesNotContain("B");
        Files.writeString(file, "[]\n"); // of a machine that had no stations yet
        assertThat(SimulatedStations.write(file, TWO)).isTrue();
    }

    @Test
    void whatWasAddedStaysWhileTheStationsAreThere() throws Exception {
        var file = folder.resolve("stations.yaml");
        SimulatedStations.write(file, TWO);
        add(file, "- { id: MINE, port: 3 } # Süd\n");
        var before = Files.readAllBytes(file);
        assertThat(SimulatedStations.write(file, TWO)).isFalse();
        for (var others : List.of(ONE, TWO.substring(0, TWO.indexOf("- { id: B")), TWO + ONE)) {
            assertThatThrownBy(() -> SimulatedStations.write(file, others))
                    .isInstanceOf(Failure.class)
                    .hasMessageContaining("stations.yaml was changed since 'simulate' wrote it")
                    .hasMessageContaining("--stations");
        }
        assertThat(file).hasBinaryContent(before);
    }

    @Test
    void aChangedLineAndAFileOfAnotherKindAreNotLost() throws Exception {
        var file = folder.resolve("stations.yaml");
        SimulatedStations.write(file, TWO);
        Files.writeString(file, Files.readString(file).replace("id: B", "id: C"));
        assertThatThrownBy(() -> SimulatedStations.write(file, TWO)).isInstanceOf(Failure.class);
        Files.writeString(file, TWO.substring(0, 10)); // a machine that died while it wrote
        assertThatThrownBy(() -> SimulatedStations.write(file, TWO)).isInstanceOf(Failure.class);
        var other = Files.write(folder.resolve("other"), new byte[] {(byte) 0xff, 0, '\n'});
        assertThatThrownBy(() -> SimulatedStations.write(other, TWO)).isInstanceOf(Failure.class);
        assertThat(other).hasBinaryContent(new byte[] {(byte) 0xff, 0, '\n'});
    }

    @Test
    void aMachineFileIsNoStationFile() throws Exception {
        var machine = Files.writeString(folder.resolve("machine.yaml"), "# mine\n\nsources: stations.yaml\n");
        assertThatThrownBy(() -> SimulatedStations.write(machine, TWO))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("machine.yaml holds no list of sources and is not overwritten")
                .hasMessageContaining("the station file that 'sources' of a machine file names");
        assertThat(machine).content().endsWith("sources: stations.yaml\n");
    }

    @Test
    void theCommandSaysWhatItLeftAndEndsWhereItWouldLoseSomething() throws Exception {
        var file = folder.resolve("stations.yaml");
        Files.writeString(file, "- { id: MINE, protocol: tcp-lines, host: h, port: 3 }\n");
        assertThat(simulate(file)).isEqualTo(2);
        assertThat(err.toString()).contains("stations.yaml was changed");
        assertThat(simulate(folder)).isEqualTo(1);
        assertThat(err.toString()).contains("--stations " + folder + " cannot be written");
        Files.delete(file);
        assertThat(simulate(file)).isZero();
        assertThat(file).content().contains("SIM00000", "as 'stationmaster simulate' wrote it");
    }

    /** Ended at once: it was told to stop before it began. */
    private int simulate(Path file) {
        var signals = new StopSignals(_ -> {});
        signals.ask();
        return Cli.commandLine(signals, new PrintWriter(new StringWriter()), new PrintWriter(err, true))
                .execute("simulate", "tcp-lines", "--sources=1", "--rate=1", "--port=0", "--stations=" + file);
    }

    private static void add(Path file, String line) throws IOException {
        Files.write(file, line.getBytes(StandardCharsets.UTF_8), StandardOpenOption.APPEND);
    }
}
