package org.stationmaster.core.worker;

import io.netty.channel.ChannelException;
import io.netty.channel.epoll.Native;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.util.ArrayDeque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The kernel's table of this process's open files. Linux doubles it when it is full, and for as long as that takes, some ten
 * milliseconds in a process of many threads, whoever opens a file or a socket stands still ({@code expand_fdtable} in its
 * {@code fs/file.c}). So that is done before the first source comes.
 */
public final class DescriptorTable {
    private static final Logger LOG = LoggerFactory.getLogger("org.stationmaster.worker");

    /** Every process has room for so many from its start. */
    private static final int LEAST = 64;

    private DescriptorTable() {}

    /**
     * Has it grown once and for all: it never shrinks. Blocks for those ten milliseconds at each doubling that is due, some sixty
     * for 10,000 slots, and so long holds all these descriptors; does nothing where Netty has no native transport.
     *
     * @param descriptors how many will be open at once, not above what the process may open
     */
    public static void reserve(int descriptors) {
        if (!NettyLoop.isNative() || descriptors <= LEAST) {
            return;
        }
        // a descriptor in the upper half makes the whole
        int upperHalf = Integer.highestOneBit(descriptors - 1);
        var open = new ArrayDeque<FileDescriptor>();
        try {
            do {
                open.add(Native.newEventFd());
            } while (open.getLast().intValue() < upperHalf);
        } catch (ChannelException e) {
            LOG.debug("the table of descriptors was not grown to {}: it will, when they are opened", descriptors, e);
        } finally {
            open.forEach(DescriptorTable::close);
        }
    }

    private static void close(FileDescriptor descriptor) {
        try {
            descriptor.close();
        } catch (IOException e) {
            LOG.debug("a descriptor that held a place", e);
        }
    }
}
