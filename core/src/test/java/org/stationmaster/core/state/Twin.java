package org.stationmaster.core.state;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;

/** The two places where words lie; the protocol is the same over both. */
enum Twin {
    HEAP {
        @Override
        Words words(int length) {
            return Words.onHeap(length);
        }
    },
    MAPPED {
        @Override
        Words words(int length) {
            try {
                var file = Files.createTempFile("words", "");
                try (var channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                    channel.write(ByteBuffer.allocate(length * Long.BYTES));
                    return new MappedWords(channel, MapMode.READ_WRITE, length);
                } finally {
                    Files.delete(file); // the mapping lives on
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    };

    /** Words that are all zero. */
    abstract Words words(int length);
}
