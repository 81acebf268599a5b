package org.stationmaster.stations;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Recordings of real receivers, beside the checkout: a test is skipped where they are not, but in CI. */
public final class Recordings {
    private Recordings() {}

    /** @param name the path below {@code ../shared/data} */
    public static byte[] read(String name) throws IOException {
        var data = Path.of(System.getProperty("stationmaster.root", ".")).resolveSibling("shared/data");
        assumeTrue(Files.isDirectory(data) || System.getenv("CI") != null, "no recordings beside the checkout");
        return Files.readAllBytes(data.resolve(name));
    }
}
