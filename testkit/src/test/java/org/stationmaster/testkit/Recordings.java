package org.stationmaster.testkit;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** Recordings of real receivers, beside the checkout: a test is skipped where they are not, but in CI. */
final class Recordings {
    private Recordings() {}

    /** @param name the path below {@code ../shared/data} */
    static Path path(String name) {
        var data = Path.of(System.getProperty("stationmaster.root", ".")).resolveSibling("shared/data");
        assumeTrue(Files.isDirectory(data) || System.getenv("CI") != null, "no recordings beside the checkout");
        return data.resolve(name);
    }
}
