package org.stationmaster.server;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Collections;
import java.util.Map;
import org.eclipse.jetty.io.EofException;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;

class JsonTest {
    /** More than the writer holds. */
    private static final Object LARGE = Map.of("sources", Collections.nCopies(10_000, Map.of("bytes", 4711)));

    private static OutputStream failing(IOException failure) {
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw failure;
            }
        };
    }

    @Test
    void aClientThatHasGoneBeforeItsAnswerWasWholeIsNoFault() {
        assertThatExceptionOfType(EofException.class)
                .isThrownBy(() -> Json.write(failing(new EofException("Broken pipe")), LARGE));
        assertThatThrownBy(() -> Json.write(failing(new IOException("else")), LARGE))
                .isInstanceOf(JacksonException.class);
    }
}
