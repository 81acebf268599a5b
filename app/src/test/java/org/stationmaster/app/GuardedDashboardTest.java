package org.stationmaster.app;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stationmaster.app.Chromium.Screen;

/** The dashboard of a machine that wants tokens, takes calls, and is given stations of several protocols by the page. */
@Tag("browser")
@Timeout(240)
class GuardedDashboardTest {
    private static final String READ = "a-token-that-reads-0001";
    private static final String COMMAND = "a-token-that-commands-02";
    private static final int NOBODY_LISTENS = 9;

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    private static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static Chromium browser;

    @SuppressWarnings("NullAway.Init")
    private static Child caster;

    @SuppressWarnings("NullAway.Init")
    private static Child run;

    @SuppressWarnings("NullAway.Init")
    private static String url;

    private final List<String> asked = new CopyOnWriteArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        browser = Chromium.start();
        caster = Child.start(
                directory, "simulate", "ntrip", "--sources=1", "--rate=2", "--port=0", "--stations=caster.yaml");
        caster.awaitOut(SimulateCommand.LISTENING);
        for (var token : List.of(READ, COMMAND)) {
            Files.writeString(directory.resolve(token), token);
        }
        Files.writeString(directory.resolve("password"), "not told");
        Files.writeString(directory.resolve("machine.yaml"), """
            machine: { workers: 2, slots: 20, isolation: threads }
            control:
              bind: "127.0.0.1:0"
              tokens:
                - { name: wall, role: read, token: "file:%s" }
                - { name: ops, role: command, token: "file:%s" }
            listen: { protocol: tcp-lines, bind: "127.0.0.1:0" }
            sources:
              - { id: FAR, protocol: tcp-lines, host: 127.0.0.1, port: %d, rate: 1, duplex: true }
            """.formatted(READ, COMMAND, NOBODY_LISTENS));
        run = Child.start(directory, "run", "machine.yaml");
        run.awaitErr("ready: control");
        url = told("control (http://\\S+)/", run.err());
    }

    private static String told(String form, String text) {
        var said = Pattern.compile(form).matcher(text);
        assertThat(said.find()).as(form + " in " + text).isTrue();
        return said.group(1);
    }

    @AfterAll
    static void stop() throws Exception {
        for (var one : new AutoCloseable[] {run, caster, browser}) {
            if (one != null) {
                one.close();
            }
        }
    }

    private Page open() {
        var page = browser.open("about:blank", Screen.DESK);
        page.onRequest(request -> asked.add(request.url()));
        page.navigate(url + "/");
        assertThat(page.locator("#token-dialog")).isVisible();
        return page;
    }

    private Page openWith(String token) {
        var page = open();
        give(page, token);
        assertThat(page.locator("#link-text")).hasText("live");
        return page;
    }

    private static void give(Page page, String token) {
        page.locator("#token").fill(token);
        page.locator("#token").press("Enter");
    }

    private static Locator state(Page page) {
        return page.locator("#source .state");
    }

    @Test
    void withoutATokenNothingIsSeenAndItIsKeptNowhere() {
        var page = open();
        for (int i = 0; i < 3; i++) { // a browser closes a dialog that is told to go again
            page.keyboard().press("Escape");
            assertThat(page.locator("#token-dialog")).isVisible();
        }
        give(page, "a-token-nobody-has-given");
        assertThat(page.locator("#token-why")).containsText("not known here");
        assertThat(page.locator("[data-figure=running] dd")).isEmpty();
        give(page, READ);
        assertThat(page.locator("#link-text")).hasText("live");
        assertThat(page.locator("#token-dialog")).isHidden();
        assertThat(page.locator("[data-figure=running] dt")).containsText("of");
        assertThat(page.evaluate("[localStorage.length, sessionStorage.length, document.cookie, location.href]"))
                .asString()
                .doesNotContain(READ)
                .startsWith("[0, 0, ,");
        assertThat(page.locator("#token")).hasValue("");
        assertThat(asked).isNotEmpty().noneMatch(one -> one.contains(READ));
        page.reload();
        assertThat(page.locator("#token-dialog")).isVisible();
        assertThat(browser.complaints()).allMatch(told -> told.contains("401"));
    }

    @Test
    void whoMayOnlyReadSteersNothing() {
        var page = openWith(READ);
        page.locator("#query").fill("FAR");
        page.locator("#query").press("Enter");
        assertThat(state(page)).hasText("failing");
        page.locator("#source").getByText("Pause").click();
        assertThat(page.locator("#toast")).containsText("has the role read; this takes operate");
        page.locator("#command").fill("SAMPLE");
        page.locator("#command").press("Enter");
        assertThat(page.locator("#source .outcome")).containsText("has the role read; this takes command");
        assertThat(state(page)).hasText("failing");
        assertThat(browser.complaints()).allMatch(told -> told.contains("401") || told.contains("403"));
    }

    @Test
    void aStreamOfACasterIsAddedWithItsKeys() throws Exception {
        var stations = Files.readString(directory.resolve("caster.yaml"));
        var page = openWith(COMMAND);
        page.locator("#add").click();
        var form = page.locator("#add-form");
        form.locator("[name=protocol]").selectOption("ntrip");
        form.locator("[name=id]").fill("CAST");
        form.locator("[name=host]").fill("127.0.0.1");
        form.locator("[name=port]").fill(told("port: ([0-9]+)", stations));
        form.locator("button.main").click();
        assertThat(page.locator("#add-error")).containsText("'mountpoint' is missing");
        assertThat(form.locator("[name=mountpoint]")).hasAttribute("aria-invalid", "true");
        form.locator("[name=mountpoint]").fill(told("mountpoint: \"?([A-Za-z0-9._-]+)", stations));
        form.locator("summary").click();
        form.locator("[name=user]").fill("somebody");
        form.locator("[name=password]").fill("file:password");
        form.locator("[name=more]").fill("silenceSecond: 30");
        form.locator("button.main").click();
        assertThat(page.locator("#add-error")).containsText("did you mean 'silenceSeconds'?");
        assertThat(form.locator("[name=more]")).hasAttribute("aria-invalid", "true");
        form.locator("[name=more]").fill("silenceSeconds: 30\nattributes.owner: the harbour");
        form.locator("button.main").click();
        assertThat(state(page)).hasText("running");
        assertThat(page.locator("#source .records li").first()).isVisible();
        var known = page.evaluate("""
            async (token) => (await fetch('/api/v1/sources/CAST', {headers: {Authorization: 'Bearer ' + token}})).text()\
            """, COMMAND);
        assertThat(known)
                .asString()
                .contains("\"password\":\"kept\"", "\"silenceSeconds\":30.0", "\"owner\":\"the harbour\"")
                .doesNotContain("not told");
        assertThat(browser.complaints()).allMatch(told -> told.contains("401") || told.contains("422"));
    }

    @Test
    void aStationThatCallsIsAddedAndCalls() throws Exception {
        var page = openWith(COMMAND);
        page.locator("#add").click();
        var form = page.locator("#add-form");
        form.locator("[name=protocol]").selectOption("seedlink");
        assertThat(form.locator("[name=dialIn]")).isHidden();
        form.locator("[name=protocol]").selectOption("tcp-lines");
        form.locator("[name=id]").fill("CALLER");
        form.locator("[name=dialIn]").check();
        assertThat(form.locator("[name=host]")).isHidden();
        form.locator("[name=duplex]").check();
        form.locator("button.main").click();
        assertThat(page.locator("#source h2")).hasText("CALLER");
        assertThat(page.locator("#source .facts")).containsText("calls in");
        int port = Integer.parseInt(told("stations of tcp-lines may call \\S+?:([0-9]+)", run.err()));
        try (var station = new Socket(InetAddress.getLoopbackAddress(), port)) {
            station.getOutputStream().write("CALLER\n1.25\n".getBytes(StandardCharsets.UTF_8));
            assertThat(state(page)).hasText("running");
            station.getOutputStream().write("2.50\n".getBytes(StandardCharsets.UTF_8));
            assertThat(page.locator("#source .records")).containsText("2.50");
        }
        assertThat(browser.complaints()).allMatch(told -> told.contains("401"));
    }
}
