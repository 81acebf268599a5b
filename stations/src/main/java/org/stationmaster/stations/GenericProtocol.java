package org.stationmaster.stations;

import java.util.List;
import org.stationmaster.core.api.DialIn;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.core.api.Protocol.ArchiveForm.Framing;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Task;

/** What {@code tcp-frames} and {@code tcp-lines} have in common: all but the wire. */
abstract sealed class GenericProtocol implements Protocol permits TcpFrames, TcpLines {
    static final String HELLO = "hello";
    static final String DUPLEX = "duplex";

    private final String name;
    private final Wire wire;
    private final ArchiveForm archiveForm;

    GenericProtocol(String name, Wire wire, String extension, Framing framing) {
        this.name = name;
        this.wire = wire;
        this.archiveForm = new ArchiveForm.Daily(extension, framing);
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final List<Option> options() {
        return List.of(
                new Option(HELLO, Option.Type.SWITCH, "send the source's id first, as one frame or line"),
                new Option(DUPLEX, Option.Type.SWITCH, "the station takes commands"));
    }

    @Override
    public final ArchiveForm archiveForm() {
        return archiveForm;
    }

    @Override
    public final DialIn dialIn() {
        return switch (wire) {
            case LINES -> new LineDialIn();
            case FRAMES -> new FrameDialIn();
        };
    }

    @Override
    public final Task taskFor(Source source) {
        return Task.events((slot, connection) -> new GenericSession(slot, connection, wire));
    }
}
