package org.stationmaster.server;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.DialIn;
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

    /** All but {@code seedlink} can be called; {@code tcp-frames} not by certificate. */
    @Override
    public @Nullable DialIn dialIn() {
        return name.equals("seedlink") ? null : new Greets(name.equals("tcp-lines"));
    }

    private record Greets(boolean goesByCertificate) implements DialIn {
        @Override
        public String name(Source source) {
            return source.attributes().getOrDefault("called", source.id().value());
        }

        @Override
        public int limitBytes() {
            return 1;
        }

        @Override
        public @Nullable Greeting read(ByteBuffer bytes) {
            return null;
        }
    }

    @Override
    public void validate(Source source) {
        if (source.host().equals("refused.example")) {
            throw new InvalidSourceException("host", "host refused.example is refused by " + name);
        }
    }
}
