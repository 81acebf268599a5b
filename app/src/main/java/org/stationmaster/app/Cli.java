package org.stationmaster.app;

import java.io.PrintWriter;
import java.nio.file.Path;
import org.slf4j.LoggerFactory;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The command line. Exit codes: 0 done, 1 it failed, 2 wrong usage or configuration. Errors are one or a few lines on
 * stderr; a stack trace is for defects alone.
 */
@Command(
        name = "stationmaster",
        mixinStandardHelpOptions = true,
        versionProvider = Cli.Version.class,
        description = "A machine of workers and slots that keeps a network of stations alive.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {"", "Try first:  stationmaster demo --seconds 30"})
final class Cli implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    private Cli() {}

    static CommandLine commandLine(StopSignals signals, PrintWriter out, PrintWriter err) {
        return new CommandLine(new Cli())
                .addSubcommand(new DemoCommand(signals))
                .addSubcommand(new RunCommand(signals))
                .addSubcommand(new SimulateCommand(signals))
                .addSubcommand(new CheckCommand(Here.host(), Here.version()))
                .addSubcommand(new StatusCommand(signals))
                .addSubcommand(new TopCommand(signals))
                .addSubcommand(new DiscoverCommand())
                .addSubcommand(SourcesCommand.line(signals))
                .addSubcommand(new GroupsCommand())
                .addSubcommand(new AlarmsCommand())
                .addSubcommand(new LedgerCommand())
                .addSubcommand(new RollingRestartCommand(signals))
                .addSubcommand(new AutoComplete.GenerateCompletion())
                .addSubcommand(new CalibrateCommand(signals))
                .addSubcommand(new PlanCommand(Here.host(), Here.version(), Path.of("")))
                .addSubcommand(new RehearseCommand(signals))
                .setOut(out)
                .setErr(err)
                .setUsageHelpAutoWidth(false)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(Cli::wrongUsage)
                .setExecutionExceptionHandler(Cli::failed);
    }

    /** Without a command. */
    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "a command is missing: demo, run, simulate, check, discover, status, top, sources, groups, alarms, ledger, calibrate or plan");
    }

    private static int wrongUsage(ParameterException e, String[] args) {
        var command = e.getCommandLine();
        var name = command.getCommandSpec().qualifiedName();
        command.getErr().println(name + ": " + message(e));
        command.getErr().println("Try '" + name + " --help'.");
        return Failure.WRONG_USAGE;
    }

    private static String message(ParameterException e) {
        if (e instanceof UnmatchedArgumentException unmatched
                && !unmatched.getUnmatched().isEmpty()) {
            var what = unmatched.getUnmatched().getFirst();
            var known = what.startsWith("-") ? "unknown option " : "unknown command or argument ";
            var like = unmatched.getSuggestions();
            return known + "'" + what + "'"
                    + (like.isEmpty() ? "" : "; did you mean " + String.join(" or ", like) + "?");
        }
        return String.valueOf(e.getMessage());
    }

    private static int failed(Exception e, CommandLine command, CommandLine.ParseResult parsed) {
        var name = command.getCommandSpec().qualifiedName();
        if (e instanceof Failure failure) {
            command.getErr().println(name + ": " + failure.getMessage());
            return failure.exitCode();
        }
        LoggerFactory.getLogger(Cli.class).error("defect in {}", name, e);
        command.getErr().println(name + ": a defect of this program: " + e + "; please report it with the log");
        return Failure.FAILED;
    }

    /** The version of the jar. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {
                "stationmaster " + Here.version(),
                "Java " + System.getProperty("java.version") + ", " + System.getProperty("os.name") + " "
                        + System.getProperty("os.arch")
            };
        }
    }
}
