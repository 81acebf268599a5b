package org.stationmaster.app;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Text;
import org.stationmaster.core.api.Tls;
import org.stationmaster.core.api.TlsContexts;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A running machine, over its control endpoint: where it is, who asks, and how its answers become ours. */
final class Remote {
    static final JsonMapper MAPPER = JsonMapper.builder().build();

    private static final String URL = "STATIONMASTER_URL";
    private static final String TOKEN = "STATIONMASTER_TOKEN";
    private static final String DEFAULT_URL = "http://127.0.0.1:8470";
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(5);
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(100);

    /** For who looks each second. */
    private static final Duration LOOK_LIMIT = Duration.ofSeconds(5);

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "The machine's control endpoint. Default: $" + URL + ", else " + DEFAULT_URL + ".")
    private @Nullable String url;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "A file that holds the token. Default: the token in $" + TOKEN + ", if any.")
    private @Nullable Path tokenFile;

    @Option(names = "--ca", paramLabel = "FILE", description = "Certificates to trust for https, PEM.")
    private @Nullable Path caFile;

    private final UnaryOperator<@Nullable String> environment;
    private @Nullable HttpClient client;

    Remote() {
        this(System::getenv);
    }

    Remote(UnaryOperator<@Nullable String> environment) {
        this.environment = environment;
    }

    /** Whether the command line names a machine. */
    boolean isGiven() {
        return url != null;
    }

    /** Whether somebody names a machine: the command line, or the environment. */
    boolean isNamed() {
        var named = url != null ? url : environment.apply(URL);
        return named != null && !named.isBlank();
    }

    /** What the machine said; never an error. */
    record Answer(int status, String body) {
        /**
         * The body, which a machine's always is: JSON with something at {@code pointer}.
         *
         * @throws Failure it is not: somebody else answers
         */
        JsonNode json(String pointer) throws Failure {
            try {
                var told = MAPPER.readTree(body);
                if (told.at(pointer).isMissingNode()) {
                    throw Failure.failed(noMachine(status, body), null);
                }
                return told;
            } catch (JacksonException e) {
                throw Failure.failed(noMachine(status, body), e);
            }
        }
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    Answer get(String path) throws Failure, InterruptedException {
        return call("GET", path, BodyPublishers.noBody());
    }

    /** The same with little patience. */
    Answer look(String path) throws Failure, InterruptedException {
        var response = send(request(path).timeout(LOOK_LIMIT).GET(), BodyHandlers.ofString());
        return checked(response.statusCode(), response.body());
    }

    /** @param headers names, each with its value behind it */
    Answer call(String method, String path, BodyPublisher body, String... headers)
            throws Failure, InterruptedException {
        var request = request(path).timeout(ANSWER_LIMIT).method(method, body);
        if (headers.length > 0) {
            request.headers(headers);
        }
        var response = send(request, BodyHandlers.ofString());
        return checked(response.statusCode(), response.body());
    }

    /** Lines as they come; closing the stream ends them, and so does {@link #hangUp}. */
    Stream<String> lines(String path) throws Failure, InterruptedException {
        var response = send(request(path).GET(), BodyHandlers.ofLines());
        if (response.statusCode() != 200) {
            checked(response.statusCode(), String.join("\n", response.body().toList()));
        }
        return response.body();
    }

    /** Ends what is under way; from any thread. */
    void hangUp() {
        var open = client;
        if (open != null) {
            open.shutdownNow();
        }
    }

    private Answer checked(int status, String body) throws Failure {
        if (status / 100 == 2) {
            return new Answer(status, body);
        }
        var detail = detail(status, body);
        if (status == 401) {
            detail += "; put it into $" + TOKEN + ", or name a file that holds it with --token-file";
        }
        throw status == 400 || status == 422 ? Failure.usage(detail) : Failure.failed(detail, null);
    }

    private static String detail(int status, String body) {
        try {
            var problem = MAPPER.readTree(body);
            var field = problem.path("field").asString("");
            var detail = problem.path("detail").asString("");
            if (!detail.isEmpty()) {
                return status != 422 || detail.contains(field) ? detail : field + ": " + detail;
            }
        } catch (JacksonException e) {
            // not ours
        }
        return noMachine(status, body);
    }

    private static String noMachine(int status, String body) {
        return "what answers is no machine: it said '" + Text.shorten(body.strip(), 100) + "' with status " + status;
    }

    /** Where it is, without a slash at the end. */
    String base() {
        var given = url != null ? url : environment.apply(URL);
        var base = given == null || given.isBlank() ? DEFAULT_URL : given;
        return base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
    }

    private HttpRequest.Builder request(String path) throws Failure {
        HttpRequest.Builder builder;
        try {
            builder = HttpRequest.newBuilder(URI.create(base() + path));
        } catch (IllegalArgumentException e) {
            throw Failure.usage(
                    "'" + base() + "' is no address of a machine, such as " + DEFAULT_URL + ": " + e.getMessage());
        }
        var token = token();
        return token == null ? builder : builder.header("Authorization", "Bearer " + token);
    }

    private @Nullable String token() throws Failure {
        var file = tokenFile;
        if (file == null) {
            var token = environment.apply(TOKEN);
            return token == null || token.isBlank() ? null : token.strip();
        }
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw Failure.usage("the token cannot be read from " + file + ": " + e.getMessage());
        }
    }

    private <T> HttpResponse<T> send(HttpRequest.Builder request, HttpResponse.BodyHandler<T> handler)
            throws Failure, InterruptedException {
        try {
            return client().send(request.build(), handler);
        } catch (ConnectException e) {
            throw Failure.failed(
                    "no machine answers at " + base()
                            + ": start one with 'stationmaster run FILE', or name another with" + " --url or $" + URL,
                    e);
        } catch (IOException e) {
            throw Failure.failed("the machine at " + base() + " did not answer: " + e.getMessage(), e);
        } catch (IllegalArgumentException e) { // a token that no header can carry
            throw Failure.usage("the token cannot be sent: " + e.getMessage());
        }
    }

    private HttpClient client() throws Failure {
        var known = client;
        if (known != null) {
            return known;
        }
        var builder = HttpClient.newBuilder().connectTimeout(CONNECT_LIMIT).version(HttpClient.Version.HTTP_1_1);
        var ca = caFile;
        if (ca != null) {
            try {
                builder.sslContext(TlsContexts.client(new Tls(ca, null, null, null)));
            } catch (IOException e) {
                throw Failure.usage("--ca: " + e.getMessage());
            }
        }
        var made = builder.build();
        client = made;
        return made;
    }
}
