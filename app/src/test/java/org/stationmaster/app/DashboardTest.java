package org.stationmaster.app;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Request;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.AriaRole;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stationmaster.app.Chromium.Screen;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The dashboard as its users meet it: in a browser, on a machine with worker processes and a simulated network. */
@Tag("browser")
@Timeout(240)
class DashboardTest {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    /** Into docs with -Dstationmaster.pictures=docs; beside the other results otherwise. */
    private static final Path PICTURES = Path.of(
            System.getProperty("stationmaster.root", ".."), System.getProperty("stationmaster.pictures", "app/target"));

    private static final int NOBODY_LISTENS = 9;
    /** Each look that the cell of ADDED has, as it is drawn. */
    private static final String WATCH_ADDED = """
        globalThis.seenOfAdded = new Set();
        setInterval(() => {
            const cell = stationmaster.cell('ADDED');
            seenOfAdded.add(cell === null ? 'nowhere' : cell.colour + ' ' + cell.flash);
        }, 20);\
        """;

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    private static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static Chromium browser;

    @SuppressWarnings("NullAway.Init")
    private static Child simulator;

    @SuppressWarnings("NullAway.Init")
    private static Child run;

    @SuppressWarnings("NullAway.Init")
    private static String url;

    @BeforeAll
    static void start() throws Exception {
        browser = Chromium.start();
        simulator = Child.start(
                directory,
                "simulate",
                "tcp-lines",
                "--sources=240",
                "--rate=2",
                "--port=0",
                "--faults=reset=0.002/s,silence=0.002/s:20,refuse=0.001/s:3",
                "--stations=stations.yaml");
        simulator.awaitOut(SimulateCommand.LISTENING);
        Files.writeString(directory.resolve("machine.yaml"), """
            machine: { workers: 3, slots: 120, isolation: processes }
            control: { bind: "127.0.0.1:0" }
            sources: stations.yaml
            """);
        run = Child.start(directory, "run", "machine.yaml");
        run.awaitErr("ready: control");
        var said = Pattern.compile("control (http://\\S+)/").matcher(run.err());
        assertThat(said.find()).isTrue();
        url = said.group(1);
        for (int i = 1; i <= 3; i++) { // stations that nobody has ever reached
            put("FAR" + i, NOBODY_LISTENS);
        }
    }

    @AfterAll
    static void stop() {
        for (var one : new AutoCloseable[] {run, simulator, browser}) {
            if (one != null) {
                try {
                    one.close();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }
        }
    }

    @AfterEach
    void thePageDidNotComplain() {
        assertThat(browser.complaints()).isEmpty();
    }

    // ---- what the test asks the machine itself

    private static JsonNode ask(String method, String path, String body) throws IOException, InterruptedException {
        try (var client = HttpClient.newHttpClient()) {
            var request = HttpRequest.newBuilder(URI.create(url + path))
                    .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                    .build();
            var answer = client.send(request, BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 299);
            return MAPPER.readTree(answer.body().isEmpty() ? "null" : answer.body());
        }
    }

    private static JsonNode get(String path) throws IOException, InterruptedException {
        return ask("GET", path, "");
    }

    private static void put(String id, int port) throws IOException, InterruptedException {
        ask(
                "PUT",
                "/api/v1/sources/" + id,
                "{\"protocol\":\"tcp-lines\",\"host\":\"127.0.0.1\",\"port\":" + port
                        + ",\"rate\":2,\"duplex\":true,\"hello\":true}");
    }

    private static JsonNode source(String id) throws IOException, InterruptedException {
        return get("/api/v1/sources/" + id);
    }

    /** A station of the simulated network that runs in the worker. */
    private static String stationIn(String worker) throws IOException, InterruptedException {
        for (var source : get("/api/v1/sources?state=RUNNING&limit=1000").path("sources")) {
            if (source.path("worker").asString().equals(worker)) {
                return source.path("id").asString();
            }
        }
        throw new AssertionError("nothing runs in " + worker);
    }

    // ---- what it does on the page

    private static Page open(Screen screen, String id) {
        var page = browser.open(url + "/" + (id.isEmpty() ? "" : "#" + id), screen);
        assertThat(page.locator("#link-text")).hasText("live");
        return page;
    }

    private static Locator state(Page page) {
        return page.locator("#source .state");
    }

    private static Locator fact(Page page, String name) {
        return page.locator("#source .facts > div")
                .filter(new Locator.FilterOptions().setHasText(name))
                .locator("dd");
    }

    private static LocatorAssertions soon(Locator locator) {
        return assertThat(locator);
    }

    /** At least so many run; faults are struck, so never all. */
    private static void awaitRunning(Page page, int least) {
        Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> running(page) >= least);
    }

    /** Asked from here: a function that the page polls by itself is refused by its content security policy. */
    private static void awaitTrue(Page page, String expression) {
        page.waitForCondition(() -> (boolean) page.evaluate(expression));
    }

    private static int running(Page page) {
        var text = page.locator("[data-figure=running] dd").textContent();
        return text.isEmpty() ? 0 : Integer.parseInt(text);
    }

    @Test
    void aSourceIsAddedAndItsSlotWakes() throws Exception {
        var page = open(Screen.DESK, "");
        awaitRunning(page, 200);
        int port = source(stationIn("w0")).path("port").asInt();
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Add source"))
                .click();
        var form = page.locator("#add-form");
        form.locator("[name=id]").fill("no such id");
        form.locator("[name=host]").fill("127.0.0.1");
        form.locator("[name=port]").fill(Integer.toString(port));
        form.locator("[name=groups]").fill("north, tide");
        form.locator("button.main").click();
        soon(page.locator("#add-error")).containsText("id");
        assertThat(browser.complaints()).allMatch(told -> told.contains("422"));
        soon(form.locator("[name=id]")).hasAttribute("aria-invalid", "true");
        form.locator("[name=id]").fill(stationIn("w0"));
        form.locator("button.main").click();
        soon(page.locator("#add-error")).containsText("is there already");
        form.locator("[name=id]").fill("ADDED");
        form.locator("[name=port]").fill("0");
        form.locator("[name=rate]").fill("fast");
        form.locator("button.main").click();
        soon(form.locator("[name=rate]")).hasAttribute("aria-invalid", "true");
        soon(page.locator("#add-error")).containsText("port 0 is out of range");
        assertThat(browser.complaints()).allMatch(told -> told.contains("412") || told.contains("422"));
        form.locator("[name=port]").fill(Integer.toString(port));
        form.locator("[name=rate]").fill("");
        page.evaluate(WATCH_ADDED);
        form.locator("button.main").click();
        soon(state(page)).hasText("running");
        awaitTrue(page, "seenOfAdded.has('running wake')"); // its cell is drawn so, and flashes
        soon(fact(page, "Groups")).hasText("north, tide");
        soon(page.locator("#news")).containsText("ADDED");
        page.locator("#source").getByText("Pause").click();
        soon(state(page)).hasText("paused");
        soon(page.locator("[data-look=P] b")).hasText("1");
        awaitTrue(page, "stationmaster.cell('ADDED').look === 'paused'");
        page.locator("#source").getByText("Resume").click();
        soon(state(page)).hasText("running");
        page.locator("#source").getByText("Release").click();
        page.locator("#sure-yes").click();
        soon(page.locator("#toast")).hasText("ADDED is released");
        soon(page.locator("#source")).isHidden();
    }

    @Test
    void aCommandIsSentAndItsAnswerSeen() throws Exception {
        var page = open(Screen.DESK, stationIn("w1"));
        soon(state(page)).hasText("running");
        soon(page.locator("#source .records li").first()).isVisible();
        page.locator("#command").fill("SAMPLE 7");
        page.locator("#command").press("Enter");
        soon(page.locator("#source .outcome")).containsText("acknowledged after");
        soon(page.locator("#source .records")).containsText("SAMPLE 7");
        page.locator("#source")
                .getByText("Hex", new Locator.GetByTextOptions().setExact(true))
                .click();
        soon(page.locator("#source .records")).containsText("53 41 4d 50 4c 45 20 37");
        page.locator("#command-hex").check();
        page.locator("#command").fill("4d 0");
        page.locator("#command").press("Enter");
        soon(page.locator("#source .outcome")).containsText("pairs of digits");
        var other = stationIn("w0"); // as who follows a link, or types its address, in the page that is open
        page.evaluate("id => { location.hash = id; }", other);
        soon(page.locator("#source-title")).containsText(other);
        soon(fact(page, "Added by")).hasText("station file");
        soon(page.locator("#source").getByText("Release")).isHidden(); // the file says who is wanted
    }

    @Test
    void aKilledWorkersSourcesMove() throws Exception {
        var id = stationIn("w2");
        var page = open(Screen.DESK, id);
        soon(fact(page, "Slot")).containsText("w2 /");
        long pid = get("/api/v1/machine").path("workers").path(2).path("pid").asLong();
        ProcessHandle.of(pid).orElseThrow().destroyForcibly();
        soon(fact(page, "Slot")).not().containsText("w2 /");
        soon(state(page)).hasText("running");
        Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> {
            var worker = get("/api/v1/machine").path("workers").path(2);
            return worker.path("state").asString().equals("READY")
                    && worker.path("pid").asLong() != pid;
        });
        awaitRunning(page, 200);
    }

    @Test
    void aSilenceIsSeenAsItComes() throws Exception {
        var page = open(Screen.DESK, "");
        awaitRunning(page, 200);
        page.locator("[data-look=O]").click(); // the simulator silences one every other second
        awaitTrue(page, """
            [...document.querySelectorAll('#found-list button')]
                .some((button) => stationmaster.cell(button.textContent)?.colour === 'overdue')\
            """);
    }

    @Test
    void aPageThatDoesNotComeWholeSaysSo() {
        var pages = Stream.of("page.css", "chart.js")
                .map(part -> {
                    var page = browser.open("about:blank", Screen.DESK);
                    page.route("**/page/" + part, Route::abort);
                    page.navigate(url + "/");
                    return page;
                })
                .toList();
        for (var page : pages) {
            soon(page.locator("#late")).isVisible();
            soon(page.locator(".bar")).isHidden();
            page.close();
        }
        assertThat(browser.complaints()).isNotEmpty().allMatch(told -> told.contains("net::ERR_FAILED"));
    }

    @Test
    void aPageHoldsOneStreamWhateverItShows() throws Exception {
        var streams = new ConcurrentSkipListMap<Integer, String>();
        var numbers = new ConcurrentHashMap<Request, Integer>();
        var page = browser.open("about:blank", Screen.DESK);
        page.onRequest(request -> {
            if (request.url().contains("/events") || request.url().endsWith("/records")) {
                numbers.put(request, numbers.size());
                streams.put(numbers.get(request), request.url());
            }
        });
        page.onRequestFailed(request -> streams.remove(numbers.getOrDefault(request, -1)));
        page.onRequestFinished(request -> streams.remove(numbers.getOrDefault(request, -1)));
        page.navigate(url + "/");
        soon(page.locator("#link-text")).hasText("live");
        for (var worker : List.of("w0", "w1")) {
            var id = stationIn(worker);
            page.locator("#query").fill(id);
            page.locator("#query").press("Enter");
            soon(page.locator("#source h2")).hasText(id);
            soon(page.locator("#source .records li").first()).isVisible();
            page.waitForCondition(
                    () -> List.copyOf(streams.values()).equals(List.of(url + "/api/v1/events?records=" + id)));
        }
        page.locator("#query").fill("");
        page.getByLabel("Close", new Page.GetByLabelOptions().setExact(false)).click();
        page.waitForCondition(() -> List.copyOf(streams.values()).equals(List.of(url + "/api/v1/events")));
        var told = page.evaluate("stationmaster.told()");
        awaitTrue(page, "stationmaster.told() > " + told);
    }

    @Test
    void aGroupIsSwitchedOffAndOn() throws Exception {
        int port = source(stationIn("w0")).path("port").asInt();
        ask(
                "PUT",
                "/api/v1/sources/GROUPED",
                "{\"protocol\":\"tcp-lines\",\"host\":\"127.0.0.1\",\"port\":" + port
                        + ",\"rate\":2,\"groups\":[\"sea\"]}");
        var page = open(Screen.DESK, "GROUPED");
        soon(state(page)).hasText("running");
        var group = page.getByRole(AriaRole.SWITCH, new Page.GetByRoleOptions().setName("sea"));
        soon(group).hasAttribute("aria-checked", "true");
        group.click();
        soon(group).hasAttribute("aria-checked", "false");
        soon(state(page)).hasText("filtered");
        group.press("Enter");
        soon(state(page)).hasText("running");
        page.close();
        ask("DELETE", "/api/v1/sources/GROUPED", "");
    }

    @Test
    void theKeyboardIsEnough() throws Exception {
        var page = open(Screen.DESK, "");
        awaitRunning(page, 200);
        page.locator("#slots").focus();
        page.keyboard().press("PageDown");
        page.keyboard().press("ArrowRight");
        soon(page.locator("#said")).containsText("w1 slot 1:");
        page.keyboard().press("Enter");
        soon(page.locator("#source h2")).isFocused();
        soon(fact(page, "Slot")).hasText("w1 / 1");
        page.keyboard().press("Escape");
        soon(page.locator("#source")).isHidden();
        page.keyboard().press("/");
        soon(page.locator("#query")).isFocused();
        page.keyboard().type("far2");
        soon(page.locator("#found-list")).hasText("FAR2");
        page.keyboard().press("Enter");
        soon(page.locator("#source h2")).hasText("FAR2");
        soon(state(page)).hasText("failing");
        soon(page.locator("#failing")).containsText("FAR2");
        page.locator("#legend [data-look=F]").click();
        soon(page.locator("#found-list")).containsText("FAR1");
        soon(page.locator("[data-look=F]")).hasAttribute("aria-pressed", "true");
    }

    @Test
    void itIsAccessibleAndHasItsPictureTaken() throws Exception {
        ask("POST", "/api/v1/sources/" + stationIn("w1") + "/pause", "");
        var id = stationIn("w0");
        for (var screen : Screen.values()) {
            var page = open(screen, id);
            awaitRunning(page, 200);
            soon(page.locator("#failing")).containsText("FAR3");
            soon(page.locator("#source .records li").nth(10)).isAttached();
            Chromium.assertAccessible(page);
            assertThat(takePicture(page, screen)).isBetween(20_000, 300_000);
            page.locator("#add").click();
            soon(page.locator("#add-dialog")).isVisible();
            page.locator("#add-form [name=protocol]").selectOption("seedlink");
            page.locator("#add-more summary").click();
            soon(page.locator("#add-own [name=selectors]")).isVisible();
            Chromium.assertAccessible(page);
            page.close();
        }
    }

    /** Its size in bytes. */
    private static int takePicture(Page page, Screen screen) throws IOException {
        var name = switch (screen) {
            case DESK -> "dashboard.png";
            case NIGHT -> "dashboard-dark.png";
            case PHONE -> "dashboard-phone.png";
        };
        var picture = page.screenshot(new Page.ScreenshotOptions().setFullPage(screen == Screen.PHONE));
        Files.createDirectories(PICTURES);
        Files.write(PICTURES.resolve(name), picture);
        return picture.length;
    }
}
