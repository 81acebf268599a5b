package org.stationmaster.app;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import java.util.Optional;

/**
 * Keys as they are hit on the terminal behind stdin, without Enter and without an echo; Ctrl-C stays a signal. Only while
 * this process is in the terminal's foreground. {@link #close} puts the terminal back in order; it may be called twice and
 * from any thread.
 */
final class Keys implements AutoCloseable {
    private static final boolean MAC =
            System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("mac");
    private static final int STDIN = 0;
    private static final int TERMIOS_BYTES = 256; // more than any
    private static final int ECHO = 8;
    private static final int LINE_BY_LINE = MAC ? 0x100 : 0x2;
    private static final int LOCAL_FLAGS_AT = MAC ? 24 : 12;
    private static final int LEAST_BYTES_AT = MAC ? 32 + 16 : 17 + 6;
    private static final int LONGEST_WAIT_AT = MAC ? 32 + 17 : 17 + 5;

    private final Terminal terminal;
    private final MemorySegment before;
    private final MemorySegment keyByKey;
    private boolean open = true;

    private Keys(Terminal terminal, MemorySegment before) {
        this.terminal = terminal;
        this.before = before;
        this.keyByKey = Arena.ofAuto().allocate(TERMIOS_BYTES, Long.BYTES).copyFrom(before);
        int flags = keyByKey.get(JAVA_INT, LOCAL_FLAGS_AT);
        keyByKey.set(JAVA_INT, LOCAL_FLAGS_AT, flags & ~(ECHO | LINE_BY_LINE));
        keyByKey.set(JAVA_BYTE, LEAST_BYTES_AT, (byte) 1);
        keyByKey.set(JAVA_BYTE, LONGEST_WAIT_AT, (byte) 0);
    }

    /** Empty when stdin is no terminal, or this process is not in its foreground. */
    static Optional<Keys> open() {
        var found = Terminal.find();
        if (found.isEmpty() || !found.get().isForeground()) {
            return Optional.empty();
        }
        var before = Arena.ofAuto().allocate(TERMIOS_BYTES, Long.BYTES);
        return found.get().attributes(before) ? Optional.of(new Keys(found.get(), before)) : Optional.empty();
    }

    /** What was hit since the last call. Does not wait. */
    synchronized String hit() {
        // each time anew: a shell that has stopped us and brings us back may have changed it
        if (!open || !terminal.isForeground() || !terminal.set(keyByKey)) {
            return "";
        }
        var keys = new StringBuilder();
        try {
            while (System.in.available() > 0) {
                keys.append((char) System.in.read());
            }
        } catch (IOException e) {
            open = false; // the terminal is gone
        }
        return keys.toString();
    }

    @Override
    public synchronized void close() {
        if (open && terminal.isForeground()) {
            var _ = terminal.set(before);
        }
        open = false;
    }

    /** The four calls of the C library. */
    private record Terminal(
            MethodHandle getAttributes, MethodHandle setAttributes, MethodHandle foreground, MethodHandle own) {

        @SuppressWarnings("restricted") // the launcher grants native access; without it there are no keys
        static Optional<Terminal> find() {
            try {
                return Optional.of(new Terminal(
                        call("tcgetattr", JAVA_INT, ADDRESS),
                        call("tcsetattr", JAVA_INT, JAVA_INT, ADDRESS),
                        call("tcgetpgrp", JAVA_INT),
                        call("getpgrp")));
            } catch (IllegalCallerException | UnsupportedOperationException | IllegalArgumentException e) {
                return Optional.empty();
            }
        }

        @SuppressWarnings("restricted")
        private static MethodHandle call(String name, MemoryLayout... arguments) {
            var linker = Linker.nativeLinker();
            return linker.defaultLookup()
                    .find(name)
                    .map(at -> linker.downcallHandle(at, FunctionDescriptor.of(JAVA_INT, arguments)))
                    .orElseThrow(() -> new UnsupportedOperationException("no " + name));
        }

        boolean isForeground() {
            try {
                return (int) foreground.invokeExact(STDIN) == (int) own.invokeExact();
            } catch (Throwable e) {
                throw new IllegalStateException(e); // a downcall throws nothing
            }
        }

        boolean attributes(MemorySegment into) {
            try {
                return (int) getAttributes.invokeExact(STDIN, into) == 0;
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }

        boolean set(MemorySegment attributes) {
            try {
                return (int) setAttributes.invokeExact(STDIN, 0, attributes) == 0;
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
