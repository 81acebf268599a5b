package org.stationmaster.sinks;

import java.util.List;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Task;

/** A protocol on the class path, for its form in the archive. */
public final class TestProtocol implements Protocol {
    @Override
    public String name() {
        return "test-lines";
    }

    @Override
    public List<Option> options() {
        return List.of();
    }

    @Override
    public ArchiveForm archiveForm() {
        return new ArchiveForm.Daily("txt", ArchiveForm.Framing.LINES);
    }

    @Override
    public Task taskFor(Source source) {
        throw new UnsupportedOperationException();
    }
}
