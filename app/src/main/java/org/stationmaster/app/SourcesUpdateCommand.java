package org.stationmaster.app;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.type.TypeReference;

/** {@code sources update}: some keys of one source. */
@Command(
        name = "update",
        mixinStandardHelpOptions = true,
        description = "Changes keys of a source and leaves the others, its password too; it is started anew.")
final class SourcesUpdateCommand extends RemoteCommand {
    @Parameters(index = "0", paramLabel = "ID", description = "The id of the source.")
    private String id = "";

    @Option(names = "--unset", paramLabel = "KEY", description = "A key to take away; may be given several times.")
    private List<String> unset = List.of();

    @Mixin
    private SourceOptions keys = new SourceOptions();

    @Override
    public Integer call() throws Failure, InterruptedException {
        if (keys.isEmpty() && unset.isEmpty()) {
            throw wrong("what to change? Give keys, such as --rate 2");
        }
        var before = remote().get(SourcesAddCommand.SOURCES + "/" + Remote.encoded(id) + "?as=stations")
                .json("/id");
        Map<String, Object> form =
                Remote.MAPPER.convertValue(before, new TypeReference<LinkedHashMap<String, Object>>() {});
        var noted = keys.over(id, form, unset);
        SourcesAddCommand.say(out(), isJson(), SourcesAddCommand.put(remote(), noted), "updated");
        return 0;
    }
}
