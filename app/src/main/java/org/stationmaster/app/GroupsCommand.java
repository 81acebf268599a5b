package org.stationmaster.app;

import java.net.http.HttpRequest.BodyPublishers;
import org.stationmaster.core.api.Text;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code groups …}: which groups a running machine takes. */
@Command(
        name = "groups",
        mixinStandardHelpOptions = true,
        description = "The groups of a running machine: which there are, and which of them it takes.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {GroupsCommand.ListAll.class, GroupsCommand.Enable.class, GroupsCommand.Disable.class})
final class GroupsCommand implements Runnable {
    private static final String GROUPS = "/api/v1/groups";

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing: list, enable or disable");
    }

    /** {@code groups list}. */
    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            description = "Lists the groups that sources name, and whether the machine takes them.")
    static final class ListAll extends RemoteCommand {
        @Override
        public Integer call() throws Failure, InterruptedException {
            var told = remote().get(GROUPS).json("/groups");
            if (isJson()) {
                Json.print(out(), told);
                return 0;
            }
            var table = new Table("GROUP", "ENABLED", "SOURCES");
            told.path("groups")
                    .forEach(group -> table.row(
                            group.path("name").asString(),
                            group.path("enabled").asBoolean() ? "yes" : "no",
                            group.path("sources").asString()));
            table.print(out());
            return 0;
        }
    }

    /** One group, on or off. */
    abstract static class Turn extends RemoteCommand {
        @Parameters(index = "0", paramLabel = "NAME", description = "The name of the group.")
        private String name = "";

        private final boolean enabled;

        Turn(boolean enabled) {
            this.enabled = enabled;
        }

        @Override
        public Integer call() throws Failure, InterruptedException {
            var answer = remote().call(
                            "PUT",
                            GROUPS + "/" + Remote.encoded(name),
                            BodyPublishers.ofString("{\"enabled\":" + enabled + "}"))
                    .json("/enabled");
            int sources = answer.path("sources").asInt(-1);
            if (isJson()) {
                Json.print(out(), answer);
            } else {
                out().println(Table.printable(name)
                        + (enabled ? " enabled" : " disabled")
                        + switch (sources) {
                            case -1 -> "";
                            case 0 -> ": no source names it yet";
                            case 1 -> ": 1 source names it";
                            default -> ": " + sources + " sources name it";
                        });
            }
            if (sources == 0) {
                try {
                    warn();
                } catch (Failure e) {
                    err().println("note: no source is in group '" + Table.printable(name)
                            + "'"); // the rest was not told
                }
            }
            return 0;
        }

        /** It may be a name to come, or one that was mistyped. */
        private void warn() throws Failure, InterruptedException {
            var others = remote().get(GROUPS)
                    .json("/groups")
                    .path("groups")
                    .valueStream()
                    .filter(group -> group.path("sources").asInt() > 0)
                    .map(group -> group.path("name").asString())
                    .toList();
            var shown = Table.printable(name);
            err().println("note: no source is in group '" + shown + "'; "
                    + (others.isEmpty() ? "none is in any" : "there are " + Table.printable(Text.some(others.stream())))
                    + (enabled
                            ? ""
                            : ". It stays disabled for sources to come: 'groups enable " + shown + "' ends that"));
        }
    }

    /** {@code groups enable}. */
    @Command(
            name = "enable",
            mixinStandardHelpOptions = true,
            description = "Wakes the sources of a group, also over a restart.")
    static final class Enable extends Turn {
        Enable() {
            super(true);
        }
    }

    /** {@code groups disable}. */
    @Command(
            name = "disable",
            mixinStandardHelpOptions = true,
            description =
                    "Sources whose groups are all disabled give their slots back, also over a restart; those without a group keep them.")
    static final class Disable extends Turn {
        Disable() {
            super(false);
        }
    }
}
