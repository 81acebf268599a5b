package org.stationmaster.server.inventory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A file's or a request's bytes as text, within limits. */
final class FileText {
    static final int MAX_BYTES = 64 * 1024 * 1024;

    private FileText() {}

    /** The whole file; null when it cannot be read or is not UTF-8, which is then reported. */
    static @Nullable String read(Path file, Problems problems) {
        var reason = unreadable(file);
        if (reason != null) {
            problems.add(Doc.Position.FILE, "", reason);
            return null;
        }
        byte[] bytes;
        try (var in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MAX_BYTES + 1);
        } catch (IOException e) {
            problems.add(Doc.Position.FILE, "", "cannot be read: " + e);
            return null;
        }
        if (bytes.length > MAX_BYTES) {
            problems.add(Doc.Position.FILE, "", tooLarge(bytes.length));
            return null;
        }
        return decode(bytes, problems);
    }

    private static @Nullable String unreadable(Path file) {
        if (!Files.exists(file)) {
            return "there is no such file";
        }
        if (Files.isDirectory(file)) {
            return "is a directory: name a file in it";
        }
        if (!Files.isRegularFile(file)) {
            return "is no regular file";
        }
        if (!Files.isReadable(file)) {
            return "cannot be read: its permissions do not allow it";
        }
        long bytes = file.toFile().length();
        return bytes > MAX_BYTES ? tooLarge(bytes) : null;
    }

    private static String tooLarge(long bytes) {
        return "is larger than 64 MiB (" + bytes + " bytes)";
    }

    /** UTF-8 to text, without a byte order mark; null when it is not UTF-8, which is then reported. */
    static @Nullable String decode(byte[] bytes, Problems problems) {
        var in = ByteBuffer.wrap(bytes);
        var out = CharBuffer.allocate(bytes.length);
        var decoder = StandardCharsets.UTF_8.newDecoder();
        try {
            var result = decoder.decode(in, out, true);
            if (!result.isUnderflow()) {
                result.throwException();
            }
        } catch (CharacterCodingException e) {
            var before = out.flip().toString();
            problems.add(
                    position(before, before.codePointCount(0, before.length())),
                    "",
                    String.format("not UTF-8: byte 0x%02X; save the file as UTF-8", bytes[in.position()]));
            return null;
        }
        out.flip();
        if (out.hasRemaining() && out.get(0) == '\uFEFF') {
            out.get();
        }
        return out.toString();
    }

    /** Line and column of the code point with this index. */
    static Doc.Position position(String text, int codePointIndex) {
        int line = 1;
        int column = 1;
        int offset = 0;
        for (int i = 0; i < codePointIndex && offset < text.length(); i++) {
            int codePoint = text.codePointAt(offset);
            offset += Character.charCount(codePoint);
            if (codePoint == '\n') {
                line++;
                column = 1;
            } else {
                column++;
            }
        }
        return new Doc.Position(line, column);
    }
}
