package org.stationmaster.server.inventory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Secret;

/**
 * What a source refers to outside its file: certificates, passwords, environment.
 *
 * @param base directory that relative paths start from
 * @param confined true: only files below {@code base}; so it is for requests, since whoever reaches the endpoint
 *     must not have other files of this host sent to a host of his choice
 * @param environment variables by name, null for one that is not set
 */
record References(Path base, boolean confined, UnaryOperator<@Nullable String> environment) {
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Za-z_][A-Za-z0-9_]*)}");
    private static final String FILE = "file:";
    private static final int MAX_SECRET_BYTES = 64 * 1024;

    /** The path of a readable file named by a key; null when it cannot be used, which is then reported. */
    @Nullable
    Path file(Fields fields, String key, String text) {
        Path path;
        try {
            path = base.resolve(text).normalize();
        } catch (InvalidPathException e) {
            fields.refuse(key, "'" + key + "' is no path: " + e.getReason());
            return null;
        }
        if (confined && !path.startsWith(base.normalize())) {
            fields.refuse(key, "'" + key + "' must name a file below the directory of the configuration");
            return null;
        }
        if (!Files.isRegularFile(path) || !Files.isReadable(path)) {
            fields.refuse(key, "'" + key + "': there is no readable file " + path);
            return null;
        }
        if (confined && !isReallyBelow(path)) {
            fields.refuse(key, "'" + key + "' must name a file below the directory of the configuration");
            return null;
        }
        return path;
    }

    /** Whether no link leads out of the directory. */
    private boolean isReallyBelow(Path path) {
        try {
            return path.toRealPath().startsWith(base.toRealPath());
        } catch (IOException e) {
            return false;
        }
    }

    /** The secret under a key; null when there is none, or it cannot be found, which is then reported. */
    @Nullable
    Secret secret(Fields fields, String key) {
        var text = fields.text(key);
        if (text == null) {
            return null;
        }
        var variable = VARIABLE.matcher(text);
        if (variable.matches()) {
            if (confined) { // else a request could have any variable of this process sent to a host of its choice
                fields.refuse(key, "'" + key + "' can be ${NAME} in a station file only; use file:PATH here");
                return null;
            }
            return variable(fields, key, variable.group(1));
        }
        if (text.startsWith(FILE)) {
            return content(fields, key, text.substring(FILE.length()));
        }
        // The value itself is not shown: it may well be a password.
        fields.refuse(
                key, "'" + key + "' must be ${NAME}, an environment variable, or file:PATH; not the secret itself");
        return null;
    }

    private @Nullable Secret variable(Fields fields, String key, String name) {
        var value = environment.apply(name);
        if (value == null || value.isEmpty()) {
            fields.refuse(key, "environment variable " + name + " is not set: set it before the start");
            return null;
        }
        return new Secret(value);
    }

    private @Nullable Secret content(Fields fields, String key, String name) {
        var path = file(fields, key, name);
        if (path == null) {
            return null;
        }
        try (var in = Files.newInputStream(path)) {
            var bytes = in.readNBytes(MAX_SECRET_BYTES + 1);
            var text = new String(bytes, StandardCharsets.UTF_8).stripTrailing();
            if (text.isEmpty() || bytes.length > MAX_SECRET_BYTES) {
                fields.refuse(key, "'" + key + "': " + path + " is empty or larger than 64 KiB");
                return null;
            }
            return new Secret(text);
        } catch (IOException e) {
            fields.refuse(key, "'" + key + "': " + path + " cannot be read");
            return null;
        }
    }
}
