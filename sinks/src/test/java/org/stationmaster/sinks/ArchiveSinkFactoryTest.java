package org.stationmaster.sinks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stationmaster.core.api.SinkFactory;
import org.stationmaster.core.api.Source;

@Timeout(60)
class ArchiveSinkFactoryTest {
    @TempDir
    Path root;

    @Test
    void partsAreMadeFromSettingsByItsClassAlone() throws Exception {
        var factory = (SinkFactory) ArchiveSinkFactory.class.getConstructor().newInstance();
        for (int part = 0; part < 2; part++) {
            try (var sink = factory.create(ArchiveSinkFactory.settings(root, 7, 30), part)) {
                assertThat(sink.name()).isEqualTo("archive");
                assertThat(sink.linger()).isEqualTo(Duration.ofMillis(30));
                sink.open();
                sink.deliver(new Records().add(Source.of("a", "test-lines", "127.0.0.1", 7001), "line " + part));
            }
        }
        assertThat(root.resolve("test-lines/a/a.2026.328.txt")).hasContent("line 0\nline 1\n");
        assertThat(root.resolve(".lengths")).exists();
        assertThat(root.resolve(".lengths-1")).exists();
    }

    @Test
    void theRootIsEnough() {
        try (var sink = new ArchiveSinkFactory().create(Map.of("root", root.toString()), 0)) {
            assertThat(sink.linger()).isEqualTo(Duration.ofMillis(ArchiveConfig.DEFAULT_LINGER_MILLIS));
        }
        assertThat(root).isEmptyDirectory();
    }

    @Test
    void settingsThatAreWrongAreTold() {
        refused("an archive needs the setting root", "root", null);
        refused("an archive has no setting rot", "rot", "x");
        refused("openFiles: 'many' is no number", "openFiles", "many");
        refused("openFiles 0 is out of range 1 to 1000000", "openFiles", "0");
        refused("lingerMillis 10001 is out of range 0 to 10000", "lingerMillis", "10001");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ArchiveSinkFactory().create(ArchiveSinkFactory.settings(root, 1, 1), -1))
                .withMessage("part -1 is negative");
    }

    private void refused(String message, String key, @org.jspecify.annotations.Nullable String value) {
        var settings = new HashMap<>(ArchiveSinkFactory.settings(root, 512, 200));
        if (value == null) {
            settings.remove(key);
        } else {
            settings.put(key, value);
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ArchiveSinkFactory().create(settings, 0))
                .withMessage(message);
    }
}
