package org.stationmaster.stations;

import org.stationmaster.core.api.Decoder;
import org.stationmaster.core.api.Protocol.ArchiveForm.Framing;
import org.stationmaster.core.api.Slot;

/** {@code nmea}: sentences of NMEA 0183 over plain TCP, archived as they came. {@link NmeaSentence} reads them. */
public final class Nmea extends ListeningProtocol {
    /** A sentence ends in LF. */
    private static final ArchiveForm FORM = new ArchiveForm.Daily("nmea", Framing.LINES);

    public Nmea() {
        super("nmea");
    }

    @Override
    public ArchiveForm archiveForm() {
        return FORM;
    }

    @Override
    Decoder decoder(int limitBytes) {
        return new NmeaDecoder(limitBytes);
    }

    @Override
    EventTime eventTime(Slot slot) {
        return new NmeaTime();
    }
}
