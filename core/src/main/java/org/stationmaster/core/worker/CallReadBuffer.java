package org.stationmaster.core.worker;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Into what a plain called connection reads: memory of its own while it greets, then the buffer of the loop it has come to.
 * A channel asks for its handle once, so this one changes inside.
 */
final class CallReadBuffer extends DefaultMaxMessagesRecvByteBufAllocator {
    private static final int GREETING_BYTES = 4096;

    /** Null while it greets. */
    private @Nullable SharedReadBuffer shared;

    /** From here on it reads on that buffer's loop; called there. */
    void moveTo(SharedReadBuffer buffer) {
        shared = buffer;
    }

    @Override
    public ExtendedHandle newHandle() {
        return new MaxMessageHandle() {
            @Override
            public ByteBuf allocate(ByteBufAllocator memory) {
                var moved = shared;
                return moved == null ? memory.ioBuffer(GREETING_BYTES, GREETING_BYTES) : moved.take();
            }

            @Override
            public int guess() {
                return shared == null ? GREETING_BYTES : SharedReadBuffer.BYTES;
            }
        };
    }
}
