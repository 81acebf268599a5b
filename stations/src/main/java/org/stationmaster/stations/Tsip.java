package org.stationmaster.stations;

import org.stationmaster.core.api.Decoder;
import org.stationmaster.core.api.Protocol.ArchiveForm.Framing;
import org.stationmaster.core.api.Slot;
import org.stationmaster.core.api.Source;

/**
 * {@code tsip}: packets of Trimble's TSIP, versions 0 and 1, over plain TCP, archived as they came. {@link TsipPacket} reads them.
 */
public final class Tsip extends ListeningProtocol {
    private static final ArchiveForm FORM =
            new ArchiveForm.Daily("tsip", new Framing.SelfDelimiting(() -> new TsipDecoder(TsipDecoder.MAX_BYTES)));

    public Tsip() {
        super("tsip");
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
        return new TsipDecoder(limitBytes);
    }

    @Override
    EventTime eventTime(Slot slot) {
        return new TsipTime(GnssTime.configured());
    }
}
