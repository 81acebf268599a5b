package org.stationmaster.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.testkit.FaultPlan;

/** What the pages write on command lines is taken by the commands. */
@Timeout(30)
class PagesTest {
    private static final Path ROOT = Path.of(System.getProperty("stationmaster.root", ".."));
    private static final Pattern FAULTS = Pattern.compile("--faults[ =]([a-z-]+=[^\\s`'\")]+)");

    @Test
    void everyFaultPlanOfThePagesIsOne() throws IOException {
        int plans = 0;
        try (var files = Files.walk(ROOT)) {
            for (var page : files.filter(file -> file.toString().endsWith(".md"))
                    .filter(file -> !file.toString().contains("/target/"))
                    .toList()) {
                for (var plan : FAULTS.matcher(Files.readString(page))
                        .results()
                        .map(match -> match.group(1))
                        .toList()) {
                    assertThatCode(() -> FaultPlan.parse(plan))
                            .as(page + ": " + plan)
                            .doesNotThrowAnyException();
                    plans++;
                }
            }
        }
        assertThat(plans).isGreaterThanOrEqualTo(2);
    }
}
