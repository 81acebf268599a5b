package org.stationmaster.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assertions;
import tools.jackson.databind.json.JsonMapper;

/** A real browser without a window. What its pages complain of is kept: a page that logs an error is a failure. */
final class Chromium implements AutoCloseable {
    private static final Path PROGRAM =
            Path.of(System.getenv().getOrDefault("STATIONMASTER_CHROMIUM", "/usr/bin/chromium"));
    /**
     * Without AimEnabled: Chromium 156 loads pages of its own for its address bar, which take as much of the processor as ours. Of
     * several such switches the last counts, so the others are those of Playwright that a page could notice.
     */
    private static final String NOT_THE_BROWSERS_OWN =
            "--disable-features=AimEnabled,DestroyProfileOnBrowserClose,HttpsUpgrades,"
                    + "MediaRouter,OptimizationHints,PaintHolding,ThirdPartyStoragePartitioning,Translate";
    /** The browser itself tells of frames that took longer than 50 ms. */
    private static final String FRAMES = """
        globalThis.longFrames = [];
        new PerformanceObserver((list) => list.getEntries().forEach((frame) => {
            const end = frame.startTime + frame.duration;
            const work = frame.scripts.reduce((sum, script) => sum + script.duration, 0);
            const shares = Object.entries({
                scripts: work,
                'style and layout': frame.styleAndLayoutStart === 0 ? 0 : end - frame.styleAndLayoutStart,
                ...Object.fromEntries(frame.scripts.map((script) => [script.invoker + ' ' + script.sourceFunctionName, script.duration])),
            });
            longFrames.push({begun: frame.startTime, millis: frame.duration, work, of: shares.map(([what, millis]) => what + ' ' + Math.round(millis)).join(', ')});
        })).observe({type: 'long-animation-frame', buffered: true});\
        """;

    private static final double PATIENCE_MILLIS = TimeUnit.SECONDS.toMillis(60);

    /** Where a page is looked at. */
    enum Screen {
        DESK(1440, 900, ColorScheme.LIGHT),
        NIGHT(1440, 900, ColorScheme.DARK),
        PHONE(390, 844, ColorScheme.LIGHT);

        private final int width;
        private final int height;
        private final ColorScheme scheme;

        Screen(int width, int height, ColorScheme scheme) {
            this.width = width;
            this.height = height;
            this.scheme = scheme;
        }
    }

    private final Playwright playwright;
    private final Browser browser;
    private final List<String> complaints = new ArrayList<>();

    private Chromium(Playwright playwright) {
        this.playwright = playwright;
        browser = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(PROGRAM)
                        .setArgs(List.of("--no-sandbox", "--disable-dev-shm-usage", NOT_THE_BROWSERS_OWN)));
    }

    /** Skips the test where there is no such browser, unless somebody has said that there is. */
    static Chromium start() {
        boolean isThere = Files.isExecutable(PROGRAM);
        if (!isThere && "1".equals(System.getenv("CI_PEERS"))) {
            Assertions.fail(PROGRAM + " is not there, and CI_PEERS=1 wants it: apt install chromium");
        }
        assumeTrue(isThere, PROGRAM + " is not there: apt install chromium, or set STATIONMASTER_CHROMIUM");
        PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MILLIS);
        return new Chromium(Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"))));
    }

    /** A fresh page at the address. */
    Page open(String url, Screen screen) {
        var context = browser.newContext(new Browser.NewContextOptions()
                .setViewportSize(screen.width, screen.height)
                .setColorScheme(screen.scheme));
        context.setDefaultTimeout(PATIENCE_MILLIS);
        var page = context.newPage();
        page.onConsoleMessage(message -> {
            if (message.type().equals("error") || message.type().equals("warning")) {
                complaints.add(message.text() + " at " + message.location());
            }
        });
        page.onPageError(complaints::add);
        page.addInitScript(FRAMES);
        page.navigate(url);
        return page;
    }

    /** The longest frames of the page, in milliseconds from its first work to its picture, when in its life, and of what they are. */
    @SuppressWarnings("unchecked")
    static List<String> longestFrames(Page page) {
        return (List<String>) page.evaluate("""
            longFrames.sort((a, b) => b.millis - a.millis).slice(0, 5)
                .map(({begun, millis, of}) => Math.round(millis) + ' at ' + Math.round(begun) + ' (' + of + ')')\
            """);
    }

    /** From now on what a page does is written down; one page at a time. */
    void trace(Page page) {
        browser.startTracing(page, new Browser.StartTracingOptions().setCategories(List.of("toplevel")));
    }

    /**
     * The longest turn of a page's main thread since {@link #trace}, in milliseconds of processor time: scripts, layout and drawing,
     * whoever else uses the processor. No frame holds a longer piece of the page's own work that cannot be interrupted.
     */
    double longestTurnMillis() throws IOException {
        var events =
                JsonMapper.builder().build().readTree(browser.stopTracing()).path("traceEvents");
        var mainThreads = new HashSet<String>();
        for (var event : events) {
            if (event.path("args").path("name").asString("").equals("CrRendererMain")) {
                mainThreads.add(event.path("pid") + " " + event.path("tid"));
            }
        }
        double longestMicros = 0;
        for (var event : events) {
            if (event.path("name").asString("").endsWith("::RunTask")
                    && mainThreads.contains(event.path("pid") + " " + event.path("tid"))) {
                longestMicros = Math.max(longestMicros, event.path("tdur").asDouble(0));
            }
        }
        return longestMicros / 1_000;
    }

    /** What the pages have complained of since the last call. */
    List<String> complaints() {
        var taken = List.copyOf(complaints);
        complaints.clear();
        return taken;
    }

    /** Lets axe-core judge the page as it is now; serious and critical faults fail. */
    static void assertAccessible(Page page) throws IOException {
        try (var script = Chromium.class.getResourceAsStream("/axe.min.js")) {
            assertThat(script).as("axe-core on the class path").isNotNull();
            page.evaluate(new String(script.readAllBytes(), StandardCharsets.UTF_8));
        }
        @SuppressWarnings("unchecked")
        var faults = (List<String>) page.evaluate("""
            async () => (await axe.run(document, {resultTypes: ['violations']})).violations
                .filter(({impact}) => impact === 'serious' || impact === 'critical')
                .flatMap(({id, help, nodes}) => nodes.map(({html}) => `${id}: ${help}: ${html}`))\
            """);
        assertThat(faults).isEmpty();
    }

    @Override
    public void close() {
        browser.close();
        playwright.close();
    }
}
