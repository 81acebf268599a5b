package org.stationmaster.core.state;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;

/**
 * Words of a file that several processes map, little-endian on every host. Unmapped when nobody refers to them any
 * longer. An access throws {@link InternalError} when the file was cut underneath; nothing of ours ever cuts it.
 */
final class MappedWords implements Words {
    private static final VarHandle WORD =
            ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();

    private final MemorySegment segment;

    MappedWords(FileChannel channel, MapMode mode, int length) throws IOException {
        segment = channel.map(mode, 0, (long) length * Long.BYTES, Arena.ofAuto());
    }

    @Override
    public int length() {
        return (int) (segment.byteSize() / Long.BYTES);
    }

    @Override
    public long getOpaque(int index) {
        return (long) WORD.getOpaque(segment, (long) index * Long.BYTES);
    }

    @Override
    public void setOpaque(int index, long value) {
        WORD.setOpaque(segment, (long) index * Long.BYTES, value);
    }

    @Override
    public long getAcquire(int index) {
        return (long) WORD.getAcquire(segment, (long) index * Long.BYTES);
    }

    @Override
    public void setRelease(int index, long value) {
        WORD.setRelease(segment, (long) index * Long.BYTES, value);
    }
}
