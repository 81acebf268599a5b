package org.stationmaster.app;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Discovery;
import org.stationmaster.core.api.Discovery.Found;
import org.stationmaster.core.api.InvalidSourceException;
import org.stationmaster.core.api.Secret;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Tls;
import org.stationmaster.server.inventory.SourceForm;
import org.stationmaster.stations.Protocols;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code discover PROTOCOL HOST:PORT}: what a server has, as a station file. */
@Command(
        name = "discover",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Asks a server for its stations and prints a station file on stdout.",
        footer = {
            "",
            "For instance:  stationmaster discover seedlink 127.0.0.1:18000 > stations.yaml",
            "               stationmaster discover ntrip 127.0.0.1:2101 > stations.yaml"
        })
final class DiscoverCommand implements Callable<Integer> {
    private static final int DEFAULT_TIMEOUT_SECONDS = 10;
    private static final int DEFAULT_ANSWER_SECONDS = 120;

    @Parameters(
            index = "0",
            paramLabel = "PROTOCOL",
            description = "A protocol whose servers can be asked: seedlink or ntrip.")
    private String protocol = "";

    @Parameters(index = "1", paramLabel = "HOST:PORT", description = "The server.")
    private String server = "";

    @Option(names = "--tls", description = "Connect by TLS.")
    private boolean tls;

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            description = "PEM certificates to trust, in place of the JDK's; connects by TLS.")
    private @Nullable Path caFile;

    @Option(
            names = "--user",
            paramLabel = "NAME",
            description = "For a login; the password is read from the environment.")
    private @Nullable String user;

    @Option(
            names = "--password-env",
            paramLabel = "VARIABLE",
            description = "The environment variable that holds the password; default ${DEFAULT-VALUE}.")
    private String passwordVariable = "STATIONMASTER_PASSWORD";

    @Option(names = "--timeout", paramLabel = "S", description = "Seconds to connect; default ${DEFAULT-VALUE}.")
    private int timeoutSeconds = DEFAULT_TIMEOUT_SECONDS;

    @Option(
            names = "--answer-timeout",
            paramLabel = "S",
            description = "Seconds until the whole answer is there; default ${DEFAULT-VALUE}.")
    private int answerSeconds = DEFAULT_ANSWER_SECONDS;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public Integer call() throws Failure {
        var known = Protocols.found();
        var found = known.byName(protocol);
        var discovery = found.isEmpty() ? null : found.get().discovery();
        if (discovery == null) {
            var able = known.names().stream()
                    .filter(name -> known.byName(name).orElseThrow().discovery() != null)
                    .toList();
            throw Failure.usage(
                    "servers of protocol '" + protocol + "' cannot be asked: give " + String.join(" or ", able));
        }
        print(answer(discovery, asked()));
        return 0;
    }

    /** A virtual thread asks: an interrupt ends its reading. */
    private List<Found> answer(Discovery discovery, Source asked) throws Failure {
        var asking = new FutureTask<>(() -> discovery.discover(asked));
        Thread.ofVirtual().start(asking);
        try {
            return asking.get(answerSeconds, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            var cause = e.getCause() == null ? e : e.getCause();
            throw Failure.failed(server + ": " + (cause.getMessage() == null ? cause : cause.getMessage()), cause);
        } catch (TimeoutException e) {
            throw Failure.failed(
                    server + ": its answer has not ended within " + answerSeconds + " s: give a longer"
                            + " --answer-timeout, if it is the server that you meant",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Failure.failed("interrupted", e);
        } finally {
            asking.cancel(true);
        }
    }

    private Source asked() throws Failure {
        int colon = server.lastIndexOf(':');
        try {
            var builder = Source.builder(
                            "server",
                            protocol,
                            server.substring(0, Math.max(0, colon)),
                            Integer.parseInt(server.substring(colon + 1)))
                    .connectTimeoutMillis(Math.multiplyExact(timeoutSeconds, 1000));
            if (caFile != null) {
                builder.tls(new Tls(caFile.toAbsolutePath(), null, null, null));
            } else if (tls) {
                builder.tls(Tls.DEFAULT);
            }
            if (user != null) {
                var password = System.getenv(passwordVariable);
                if (password == null) {
                    throw Failure.usage(
                            "the environment variable " + passwordVariable + " holds no password for --user");
                }
                builder.user(user).password(new Secret(password));
            }
            return builder.build();
        } catch (NumberFormatException e) {
            throw Failure.usage("'" + server + "' is no HOST:PORT such as 127.0.0.1:18000");
        } catch (InvalidSourceException | ArithmeticException e) {
            throw Failure.usage(server + ": " + e.getMessage());
        }
    }

    private void print(List<Found> stations) {
        var out = spec.commandLine().getOut();
        out.println("# " + Numbers.count(stations.size(), "station") + " of " + server);
        var forms = new SourceForm(Composition.protocols());
        for (var found : stations) {
            var form = forms.brief(found.source());
            if (user != null) {
                form.put("user", user);
                form.put("password", "${" + passwordVariable + "}");
            }
            var line = StationYaml.line(form);
            out.println(found.remark().isEmpty() ? line : line + "  # " + found.remark());
        }
        out.flush();
    }
}
