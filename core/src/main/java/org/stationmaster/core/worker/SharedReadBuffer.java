package org.stationmaster.core.worker;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;

/**
 * One direct buffer into which every plain connection of a loop reads. What was read is decoded before the next read,
 * on the same thread, so one buffer is enough and nothing is allocated per read. Not for TLS, which keeps what it reads.
 */
final class SharedReadBuffer extends DefaultMaxMessagesRecvByteBufAllocator {
    static final int BYTES = 64 * 1024;

    private final ByteBuf buffer = Unpooled.directBuffer(BYTES, BYTES);

    /** The buffer, empty; on its loop. */
    ByteBuf take() {
        return buffer.clear().retain();
    }

    @Override
    public ExtendedHandle newHandle() {
        return new MaxMessageHandle() {
            @Override
            public ByteBuf allocate(ByteBufAllocator ignored) {
                return take();
            }

            @Override
            public int guess() {
                return BYTES;
            }
        };
    }
}
