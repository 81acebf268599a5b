package org.stationmaster.app;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code sources …}: the sources of a running machine. */
@Command(
        name = "sources",
        mixinStandardHelpOptions = true,
        description = "Adds, changes, shows and commands the sources of a running machine.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            SourcesAddCommand.class,
            SourcesUpdateCommand.class,
            SourcesActCommands.Remove.class,
            SourcesListCommand.class,
            SourcesActCommands.Show.class,
            SourcesActCommands.Pause.class,
            SourcesActCommands.Resume.class,
            SourcesActCommands.Send.class
        })
final class SourcesCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    private SourcesCommand() {}

    /** @param signals for the one that goes on until a signal */
    static CommandLine line(StopSignals signals) {
        return new CommandLine(new SourcesCommand()).addSubcommand(new SourcesTailCommand(signals));
    }

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "a command is missing: add, update, remove, list, show, pause, resume, send or tail");
    }
}
