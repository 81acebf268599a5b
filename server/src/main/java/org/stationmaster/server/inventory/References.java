package org.stationmaster.server.inventory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Secret;

/**
 * What a source refers to outside its file: certificates, passwords, environment.
 *
 * @param base directory that relative paths start from
 * @param use where the source comes from, which says what it may refer to
 * @param environment variables by name, null for one that is not set
 * @param kept the reference behind the password that is stored for an id; null: none is
 */
record References(
        Path base, Use use, UnaryOperator<@Nullable String> environment, Function<String, @Nullable String> kept) {
    /** What stands for a secret that is not told: on import it leaves the stored one. */
    static final String KEPT = "kept";

    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Za-z_][A-Za-z0-9_]*)}");
    private static final String FILE = "file:";
    private static final int MAX_SECRET_BYTES = 64 * 1024;

    /** Where a source comes from. */
    enum Use {
        /** A file of this host: it may refer to whatever can be read here. */
        LOCAL,
        /**
         * A request: only files below {@code base}, since whoever reaches the endpoint must not have other files of this
         * host sent to a host of his choice.
         */
        REQUEST,
        /** A file that goes to a machine elsewhere: nothing is looked up, the machine will. */
        FORWARDED
    }

    /** References of a file, or of one beside it. */
    static References of(Path directory, Use use, UnaryOperator<@Nullable String> environment) {
        return new References(directory, use, environment, _ -> null);
    }

    /** The same for a file in another directory. */
    References in(Path directory) {
        return new References(directory, use, environment, kept);
    }

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
        if (use == Use.FORWARDED) {
            return path;
        }
        if (use == Use.REQUEST && !path.startsWith(base.normalize())) {
            fields.refuse(key, "'" + key + "' must name a file below the directory of the configuration");
            return null;
        }
        if (!Files.isRegularFile(path) || !Files.isReadable(path)) {
            fields.refuse(key, "'" + key + "': there is no readable file " + path);
            return null;
        }
        if (use == Use.REQUEST && !isReallyBelow(path)) {
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

    /** A secret and the text that refers to it. */
    record Found(Secret secret, String reference) {}

    /**
     * The secret under a key; null when there is none, or it cannot be found, which is then reported.
     *
     * @param owner whose it is, for one that is kept
     */
    @Nullable
    Found secret(Fields fields, String key, String owner) {
        var text = fields.text(key);
        if (text == null) {
            return null;
        }
        if (!text.equals(KEPT)) {
            return secretAt(fields, key, text);
        }
        var reference = use == Use.FORWARDED ? KEPT : kept.apply(owner);
        if (reference == null) {
            fields.refuse(
                    key,
                    "'" + key + "' is 'kept', but no secret of '" + Texts.shown(owner) + "' is stored here: "
                            + (use == Use.LOCAL ? "use ${NAME} or file:PATH" : "use file:PATH"));
            return null;
        }
        return use == Use.FORWARDED ? new Found(new Secret(KEPT), KEPT) : secretAt(fields, key, reference);
    }

    private @Nullable Found secretAt(Fields fields, String key, String text) {
        var variable = VARIABLE.matcher(text);
        if (variable.matches()) {
            if (use != Use.LOCAL) { // else a request could have any variable of this process sent to a host of its
                // choice
                fields.refuse(
                        key,
                        "'" + key
                                + "' can be ${NAME} only in a station file that the machine itself reads; use file:PATH");
                return null;
            }
            return variable(fields, key, variable.group(1), text);
        }
        if (text.startsWith(FILE)) {
            return content(fields, key, text.substring(FILE.length()), text);
        }
        // The value itself is not shown: it may well be a password.
        fields.refuse(
                key, "'" + key + "' must be ${NAME}, an environment variable, or file:PATH; not the secret itself");
        return null;
    }

    private @Nullable Found variable(Fields fields, String key, String name, String reference) {
        var value = environment.apply(name);
        if (value == null || value.isEmpty()) {
            fields.refuse(key, "environment variable " + name + " is not set: set it before the start");
            return null;
        }
        return new Found(new Secret(value), reference);
    }

    private @Nullable Found content(Fields fields, String key, String name, String reference) {
        var path = file(fields, key, name);
        if (path == null) {
            return null;
        }
        if (use == Use.FORWARDED) {
            return new Found(new Secret(reference), reference);
        }
        try (var in = Files.newInputStream(path)) {
            var bytes = in.readNBytes(MAX_SECRET_BYTES + 1);
            var text = new String(bytes, StandardCharsets.UTF_8).stripTrailing();
            if (text.isEmpty() || bytes.length > MAX_SECRET_BYTES) {
                fields.refuse(key, "'" + key + "': " + path + " is empty or larger than 64 KiB");
                return null;
            }
            return new Found(new Secret(text), reference);
        } catch (IOException e) {
            fields.refuse(key, "'" + key + "': " + path + " cannot be read");
            return null;
        }
    }
}
