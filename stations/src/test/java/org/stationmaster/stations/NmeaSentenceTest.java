package org.stationmaster.stations;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.stationmaster.stations.NmeaDecoderTest.sentence;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.OptionalDouble;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.StationRecord;

@Timeout(20)
class NmeaSentenceTest {
    private static final Instant NEAR = Instant.parse("2026-11-24T23:59:59Z");
    private static final long NEAR_NANOS = NEAR.getEpochSecond() * 1_000_000_000L;
    private static final Offset<Double> CLOSE = Offset.offset(1e-9);

    private static NmeaSentence read(String text) {
        return NmeaSentence.of(ByteBuffer.wrap(sentence(text).getBytes(US_ASCII)));
    }

    private static long nanos(NmeaTime time, String text) {
        return time.nanos(ByteBuffer.wrap(sentence(text).getBytes(US_ASCII)), NEAR_NANOS);
    }

    @Test
    void aFix() {
        var gga = read("GPGGA,000001.25,4916.45,N,12311.12,W,4,08,0.9,545.4,M,46.9,M,,");
        assertThat(gga.talker()).isEqualTo("GP");
        assertThat(gga.formatter()).isEqualTo("GGA");
        assertThat(gga.fields()).hasSize(14);
        assertThat(gga.time(NEAR)).contains(Instant.parse("2026-11-25T00:00:01.250Z"));
        var position = gga.position().orElseThrow();
        assertThat(position.latitudeDegrees()).isEqualTo(49 + 16.45 / 60, CLOSE);
        assertThat(position.longitudeDegrees()).isEqualTo(-123 - 11.12 / 60, CLOSE);
        assertThat(position.heightMetres()).isEqualTo(OptionalDouble.of(545.4));
    }

    @Test
    void dateAndPosition() {
        var rmc = read("GNRMC,225446.123456789,A,4916.45,S,12311.12,E,000.5,054.7,191194,020.3,E");
        assertThat(rmc.time(NEAR)).contains(Instant.parse("1994-11-19T22:54:46.123456789Z"));
        assertThat(rmc.position().orElseThrow().latitudeDegrees()).isNegative();
        assertThat(read("GPRMC,225446,A,,,,,,,191126,,").position()).isEmpty();
        assertThat(read("GPRMC,225446,A,,,,,,,191126,,").time(NEAR)).contains(Instant.parse("2026-11-19T22:54:46Z"));
        assertThat(read("GPZDA,160012.71,11,03,2004,-1,00").time(NEAR))
                .contains(Instant.parse("2004-03-11T16:00:12.710Z"));
    }

    @Test
    void withoutAFixThereIsNoTime() {
        for (var text : List.of(
                "GPGGA,000001.25,,,,,0,00,99.99,,,,,,",
                "GPGGA,,,,,,,,,,,,,,",
                "GPGGA,000001.25",
                "GPRMC,225446,V,,,,,,,191126,,",
                "GPRMC,225446,A",
                "GPRMC,225446,A,,,,,,,321126,,",
                "GPRMC,225446,A,,,,,,,19112,,",
                "GPZDA,,,,,,",
                "GPZDA,250000,11,03,2004,00,00",
                "GPZDA,220000,11,13,2004,00,00",
                "GPZDA,220000,30,02,2004,00,00",
                "GPGSV,3,1,11",
                "PMTK001,604,3",
                "GPZD",
                "PGRMC,A,1")) {
            assertThat(read(text).time(NEAR)).as(text).isEmpty();
            assertThat(read(text).position()).as(text).isEmpty();
        }
        assertThat(read("PMTK001,604,3").formatter()).isEqualTo("PMTK001");
        assertThat(read("PMTK001,604,3").talker()).isEmpty();
    }

    /** A station whose clock is a year off is so in all its sentences. */
    @Test
    void aTimeOfDayBelongsToTheLastDate() {
        var time = new NmeaTime();
        var midnight = Instant.parse("2026-11-24T00:00:00Z").getEpochSecond() * 1_000_000_000L;
        assertThat(nanos(time, "GPGGA,120000,,,,,1,,,,,,,,")).isEqualTo(midnight + 12 * 3_600_000_000_000L);
        var dated = nanos(time, "GPRMC,235959,A,,,,,,,311225,,");
        assertThat(dated).isEqualTo(Instant.parse("2025-12-31T23:59:59Z").getEpochSecond() * 1_000_000_000L);
        assertThat(nanos(time, "GPGGA,000000,,,,,1,,,,,,,,")).isEqualTo(dated + 1_000_000_000L);
    }

    @Test
    void whatIsNoSentenceIsRefused() {
        for (var text : List.of("", "$", "GPGGA", "$GPGGA*00\r\n", sentence("GPGGA,1") + "x")) {
            assertThatThrownBy(() -> NmeaSentence.of(ByteBuffer.wrap(text.getBytes(US_ASCII))))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void everyDateOfTwoCenturies() {
        for (var date = LocalDate.of(1980, 1, 1); date.getYear() <= 2200; date = date.plusDays(1)) {
            assertThat(UtcDate.midnightNanos(date.getYear(), date.getMonthValue(), date.getDayOfMonth()))
                    .isEqualTo(date.atStartOfDay().toEpochSecond(ZoneOffset.UTC) * 1_000_000_000L);
        }
        int[][] none = {
            {1979, 12, 31}, {2201, 1, 1}, {2026, 0, 1}, {2026, 13, 1}, {2026, 1, 0}, {2026, 2, 29}, {2100, 2, 29}
        };
        for (var date : none) {
            assertThat(UtcDate.midnightNanos(date[0], date[1], date[2])).isEqualTo(StationRecord.UNKNOWN);
        }
    }

    @Test
    void theRecordingsTell() throws Exception {
        var decoding = new Decoding(new NmeaDecoder(0));
        decoding.feed(Recordings.read("nmea/nmea-rtk.log"));
        var fixes = decoding.frames.stream()
                .map(frame -> NmeaSentence.of(ByteBuffer.wrap(frame.getBytes(US_ASCII))))
                .filter(sentence -> sentence.formatter().equals("GGA"))
                .toList();
        assertThat(fixes).hasSize(122).allSatisfy(fix -> {
            assertThat(fix.position()).isPresent();
            assertThat(fix.time(NEAR)).isPresent();
        });
    }
}
