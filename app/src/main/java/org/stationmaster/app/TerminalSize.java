package org.stationmaster.app;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Asks the kernel for the size of the terminal behind a descriptor, by {@code ioctl(TIOCGWINSZ)}. A library for this
 * either starts a process for each look or unpacks native code; this is one call.
 */
final class TerminalSize {
    private static final long TIOCGWINSZ =
            System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("mac") ? 0x40087468L : 0x5413L;

    private final @Nullable MethodHandle ioctl;

    /** @param columns at least 1 */
    record Size(int columns, int rows) {}

    @SuppressWarnings("restricted") // the launcher grants native access; without it there is no size
    TerminalSize() {
        MethodHandle found = null;
        try {
            var linker = Linker.nativeLinker();
            var descriptor = FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS);
            found = linker.defaultLookup()
                    .find("ioctl")
                    .map(address -> linker.downcallHandle(address, descriptor, Linker.Option.firstVariadicArg(2)))
                    .orElse(null);
        } catch (IllegalCallerException | UnsupportedOperationException | IllegalArgumentException e) {
            found = null; // no native access here: there is no terminal to speak of then
        }
        ioctl = found;
    }

    /** Empty when the descriptor is no terminal or does not know its size. */
    Optional<Size> of(int descriptor) {
        if (ioctl == null) {
            return Optional.empty();
        }
        try (var arena = Arena.ofConfined()) {
            MemorySegment answer = arena.allocate(JAVA_SHORT, 4);
            int failed = (int) ioctl.invokeExact(descriptor, TIOCGWINSZ, answer);
            int rows = answer.getAtIndex(JAVA_SHORT, 0) & 0xFFFF;
            int columns = answer.getAtIndex(JAVA_SHORT, 1) & 0xFFFF;
            return failed != 0 || rows == 0 || columns == 0 ? Optional.empty() : Optional.of(new Size(columns, rows));
        } catch (Error | RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e); // a downcall throws nothing else
        }
    }
}
