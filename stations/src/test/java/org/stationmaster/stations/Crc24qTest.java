package org.stationmaster.stations;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class Crc24qTest {
    private static int bitByBit(ByteBuffer bytes, int from, int to) {
        int crc = 0;
        for (int i = from; i < to; i++) {
            crc ^= (bytes.get(i) & 0xff) << 16;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 0x800000) == 0 ? crc << 1 : crc << 1 ^ 0x1864CFB;
            }
        }
        return crc;
    }

    /** The check value of the catalogue of parametrised CRCs. */
    @Test
    void theCheckValue() {
        var bytes = ByteBuffer.wrap("123456789".getBytes(StandardCharsets.US_ASCII));
        assertThat(Crc24q.of(bytes, 0, 9)).isEqualTo(0xCDE703);
    }

    @Test
    void everyLengthFromEveryOffset() {
        var random = new byte[200];
        new Random(1).nextBytes(random);
        var heap = ByteBuffer.wrap(random);
        var direct = ByteBuffer.allocateDirect(200).put(random);
        for (int from = 0; from < 40; from++) {
            for (int to = from; to <= 200; to++) {
                int expected = bitByBit(heap, from, to);
                assertThat(Crc24q.of(heap, from, to)).isEqualTo(expected);
                assertThat(Crc24q.of(direct, from, to)).isEqualTo(expected);
            }
        }
    }
}
