package org.stationmaster.stations;

import org.stationmaster.core.api.Decoder;
import org.stationmaster.core.api.InvalidSourceException;
import org.stationmaster.core.api.Protocol.ArchiveForm.Framing;
import org.stationmaster.core.api.Slot;
import org.stationmaster.core.api.Source;

/**
 * {@code rtcm3}: the frames of RTCM 3 (RTCM 10403.3) over plain TCP, archived as they came in hourly files. {@link Rtcm3Message}
 * reads them.
 */
public final class Rtcm3 extends ListeningProtocol {
    static final ArchiveForm FORM =
            new ArchiveForm.Hourly("rtcm3", new Framing.SelfDelimiting(() -> new Rtcm3Decoder(0)));

    public Rtcm3() {
        super("rtcm3");
    }

    @Override
    public ArchiveForm archiveForm() {
        return FORM;
    }

    @Override
    public void validate(Source source) {
        check(source);
    }

    /** What a source must be whose records are frames of RTCM 3. */
    static void check(Source source) {
        var _ = GnssTime.configured();
        var site = source.attributes().get(ArchiveForm.Hourly.SITE);
        if (site != null && !ArchiveForm.Hourly.isSite(site)) {
            throw new InvalidSourceException(
                    "attributes",
                    "attribute site names the archive's files: nine of A-Z and 0-9 such as QSCO00ECU (site, monument,"
                            + " receiver, country)");
        }
    }

    /** What follows, whatever was said before, are frames of RTCM 3. */
    static DecodedSession session(Slot slot) {
        return new DecodedSession(
                slot, new Rtcm3Decoder(slot.source().frameLimitBytes()), new Rtcm3Time(GnssTime.configured()));
    }

    @Override
    Decoder decoder(int limitBytes) {
        return new Rtcm3Decoder(limitBytes);
    }

    @Override
    EventTime eventTime(Slot slot) {
        return new Rtcm3Time(GnssTime.configured());
    }
}
