package org.stationmaster.core.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CutLinesTest {
    private static List<String> lines(String text) throws IOException {
        var lines = new CutLines(new StringReader(text), 4);
        var all = new ArrayList<String>();
        for (var line = lines.next(); line != null; line = lines.next()) {
            all.add(line);
        }
        return all;
    }

    @Test
    void linesEndAsTheyDoForAReader() throws IOException {
        assertThat(lines("")).isEmpty();
        assertThat(lines("a\nb\r\nc\rd")).containsExactly("a", "b", "c", "d");
        assertThat(lines("\n\r\n\r\rlast\n")).containsExactly("", "", "", "", "last");
    }

    @Test
    void aLongLineIsCut() throws IOException {
        assertThat(lines("1234\n12345\nx")).containsExactly("1234", "1234 … and 1 characters more", "x");
        assertThat(lines("x".repeat(100_000))).containsExactly("xxxx … and 99996 characters more");
    }
}
