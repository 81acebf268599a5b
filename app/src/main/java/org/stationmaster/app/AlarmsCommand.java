package org.stationmaster.app;

import picocli.CommandLine.Command;

/** {@code alarms}: what an operator should know of a running machine now. */
@Command(
        name = "alarms",
        mixinStandardHelpOptions = true,
        description = {
            "Lists the alarms of a running machine, the oldest first.",
            "Exit code 0 when it could be asked, with alarms or without."
        })
final class AlarmsCommand extends RemoteCommand {
    private static final String PATH = "/api/v1/alarms";

    @Override
    public Integer call() throws Failure, InterruptedException {
        var told = remote().get(PATH).json("/alarms");
        var out = out();
        if (isJson()) {
            Json.print(out, told);
            return 0;
        }
        if (told.path("alarms").isEmpty()) {
            out.println("no alarms");
        } else {
            var table = new Table("KIND", "SUBJECT", "SINCE", "SOURCES", "MESSAGE");
            told.path("alarms")
                    .forEach(alarm -> table.row(
                            alarm.path("kind").asString(),
                            alarm.path("subject").asString(),
                            SourcesListCommand.millis(alarm.path("since").asString()),
                            alarm.path("sources").asInt() == 0
                                    ? ""
                                    : alarm.path("sources").asString(),
                            alarm.path("message").asString()));
            table.print(out);
        }
        told.path("receivers").forEach(receiver -> {
            if (!receiver.path("lastError").asString().isEmpty()
                    || receiver.path("dropped").asLong() > 0) {
                err().println(receiver.path("receiver").asString() + ": "
                        + receiver.path("waiting").asInt()
                        + " wait, " + receiver.path("dropped").asLong() + " lost: "
                        + receiver.path("lastError").asString());
            }
        });
        return 0;
    }
}
