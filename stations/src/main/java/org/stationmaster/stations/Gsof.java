package org.stationmaster.stations;

import org.stationmaster.core.api.Decoder;
import org.stationmaster.core.api.Protocol.ArchiveForm.Framing;

/**
 * {@code gsof}: pages of Trimble's GSOF over plain TCP, archived as they came. {@link GsofTransmission} reads them.
 */
public final class Gsof extends ListeningProtocol {
    private static final ArchiveForm FORM =
            new ArchiveForm.Daily("gsof", new Framing.SelfDelimiting(() -> new GsofDecoder(0)));

    public Gsof() {
        super("gsof");
    }

    @Override
    public ArchiveForm archiveForm() {
        return FORM;
    }

    @Override
    Decoder decoder(int limitBytes) {
        return new GsofDecoder(limitBytes);
    }

    @Override
    EventTime eventTime() {
        return new GsofTime(GnssTime.configured());
    }
}
