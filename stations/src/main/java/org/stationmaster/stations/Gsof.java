package org.stationmaster.stations;

import org.stationmaster.core.api.Decoder;
import org.stationmaster.core.api.Protocol.ArchiveForm.Framing;
import org.stationmaster.core.api.Slot;
import org.stationmaster.core.api.Source;

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
    public void validate(Source source) {
        var _ = GnssTime.configured();
    }

    @Override
    Decoder decoder(int limitBytes) {
        return new GsofDecoder(limitBytes);
    }

    @Override
    EventTime eventTime(Slot slot) {
        return new GsofTime(
                GnssTime.configured(),
                () -> slot.odd(Slot.Oddity.GAP, () -> "a page of a GSOF transmission is missing"));
    }
}
