package org.stationmaster.server;

import java.util.List;
import java.util.Map;
import org.stationmaster.core.api.InvalidSourceException;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Task;

/** A protocol that only has a name and keys; it refuses the host {@code refused.example}. */
public record FakeProtocol(String name, List<Option> options) implements Protocol {
    private static final Option HELLO = new Option("hello", Option.Type.SWITCH, "say who we are");
    private static final Option DUPLEX = new Option("duplex", Option.Type.SWITCH, "take commands");

    /** The generic protocols' keys, and one with a text and a number of its own. */
    public static final Map<String, Protocol> ALL = Map.of(
            "tcp-frames", new FakeProtocol("tcp-frames", List.of(HELLO, DUPLEX)),
            "tcp-lines", new FakeProtocol("tcp-lines", List.of(HELLO, DUPLEX)),
            "seedlink",
                    new FakeProtocol(
                            "seedlink",
                            List.of(
                                    new Option("streams", Option.Type.TEXT, "what to ask for"),
                                    new Option("selectors", Option.Type.LIST, "which of it"),
                                    new Option("batch", Option.Type.NUMBER, "how many at once"),
                                    new Option("place.latitude", Option.Type.NUMBER, "where"),
                                    new Option("place.name", Option.Type.TEXT, "where, in words"))));

    @Override
    public ArchiveForm archiveForm() {
        return new ArchiveForm.Daily("bin", ArchiveForm.Framing.LENGTH_PREFIXED);
    }

    @Override
    public Task taskFor(Source source) {
        return Task.blocking(_ -> {});
    }

    @Override
    public void validate(Source source) {
        if (source.host().equals("refused.example")) {
            throw new InvalidSourceException("host", "host refused.example is refused by " + name);
        }
    }
}
