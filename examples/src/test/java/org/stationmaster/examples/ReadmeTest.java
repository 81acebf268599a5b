package org.stationmaster.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the README shows as Java is a part of a file here, so that it compiles and runs. */
class ReadmeTest {
    private static final Path ROOT = Path.of(System.getProperty("stationmaster.root", ".."));

    @Test
    void eachJavaBlockOfTheReadmeIsPartOfAnExample() throws IOException {
        var sources = new StringBuilder();
        try (var files = Files.list(ROOT.resolve("examples/src/main/java/org/stationmaster/examples"))) {
            for (var file : files.toList()) {
                sources.append(folded(Files.readString(file)));
            }
        }
        var blocks = Pattern.compile("```java\\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(ROOT.resolve("README.md")))
                .results()
                .map(match -> match.group(1))
                .toList();
        assertThat(blocks).isNotEmpty();
        for (var block : blocks) {
            assertThat(sources.toString()).contains(folded(block));
        }
    }

    private static String folded(String code) {
        return code.replaceAll("\\s+", "");
    }
}
