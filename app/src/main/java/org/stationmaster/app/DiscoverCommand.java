package org.stationmaster.app;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Discovery.Found;
import org.stationmaster.core.api.InvalidSourceException;
import org.stationmaster.core.api.Secret;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Tls;
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
        footer = {"", "For instance:  stationmaster discover seedlink 127.0.0.1:18000 > stations.yaml"})
final class DiscoverCommand implements Callable<Integer> {
    private static final int DEFAULT_TIMEOUT_SECONDS = 10;

    @Parameters(index = "0", paramLabel = "PROTOCOL", description = "A protocol whose servers can be asked: seedlink.")
    private String protocol = "";

    @Parameters(index = "1", paramLabel = "HOST:PORT", description = "The server.")
    private String server = "";

    @Option(names = "--tls", description = "Connect by TLS.")
    private boolean tls;

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
        try {
            print(discovery.discover(asked()));
            return 0;
        } catch (IOException e) {
            throw Failure.failed(server + ": " + (e.getMessage() == null ? e : e.getMessage()), e);
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
            if (tls) {
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
        out.println("# " + Numbers.count(stations.size()) + " stations of " + server);
        for (var found : stations) {
            var source = found.source();
            var line = new StringBuilder("- { id: ").append(source.id());
            line.append(", protocol: ").append(source.protocol());
            line.append(", host: \"").append(source.host()).append("\", port: ").append(source.port());
            source.options()
                    .forEach((key, value) ->
                            line.append(", ").append(key).append(": ").append(value));
            line.append(tls ? ", tls: true" : "");
            if (user != null) {
                line.append(", user: \"")
                        .append(user)
                        .append("\", password: \"${")
                        .append(passwordVariable)
                        .append("}\"");
            }
            line.append(" }");
            out.println(found.remark().isEmpty() ? line : line + "  # " + found.remark());
        }
        out.flush();
    }
}
