package org.stationmaster.app;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stationmaster.app.Chromium.Screen;

/** The dashboard of a machine with 10,000 slots, all of them awake and a hundred connections lost each second. */
@Tag("browser")
@Timeout(240)
class LargeDashboardTest {
    private static final int TRANSITIONS = 2_000;

    @Test
    void tenThousandSlotsDoNotStutter(@TempDir Path directory) throws Exception {
        Files.writeString(directory.resolve("machine.yaml"), """
                machine: { workers: 4, slots: 2500, isolation: threads }
                control: { bind: "127.0.0.1:0" }
                sources: stations.yaml
                """);
        try (var browser = Chromium.start();
                var simulator = Child.start(
                        directory,
                        "simulate",
                        "tcp-lines",
                        "--sources=10000",
                        "--rate=0.1",
                        "--port=0",
                        "--faults=reset=0.01/s",
                        "--stations=stations.yaml")) {
            simulator.awaitOut(SimulateCommand.LISTENING);
            try (var run = Child.start(directory, "run", "machine.yaml")) {
                run.awaitErr("ready: control");
                var said = Pattern.compile("control (http://\\S+)/").matcher(run.err());
                assertThat(said.find()).isTrue();
                var page = browser.open(said.group(1) + "/", Screen.DESK);
                assertThat(page.locator("#link-text")).hasText("live");
                Awaitility.await().atMost(120, TimeUnit.SECONDS).until(() -> {
                    page.waitForTimeout(500);
                    return ((Number) page.evaluate("stationmaster.told()")).intValue() > TRANSITIONS
                            && page.locator("[data-figure=running] dd")
                                    .textContent()
                                    .matches("(9,[0-9]{3}|10,000)");
                });
                page.locator("#slots").hover();
                page.locator("#query").fill("00");
                page.waitForTimeout(500);
                page.locator("#query").fill("");
                page.waitForTimeout(5_000);
                var longest = Chromium.longestFrames(page);
                var drawn = page.evaluate("Math.max(...stationmaster.frames)");
                System.out.println("10,000 slots: longest frames " + longest + " ms; longest drawing " + drawn + " ms");
                Files.write(
                        Path.of(System.getProperty("stationmaster.root", ".."), "app", "target", "dashboard-large.png"),
                        page.screenshot());
                assertThat(longest).isNotEmpty(); // how long they are is a measurement: bench/README.md
            }
            assertThat(browser.complaints()).isEmpty();
        }
    }
}
