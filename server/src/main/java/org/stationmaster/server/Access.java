package org.stationmaster.server;

import io.javalin.http.Context;
import io.javalin.http.Handler;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.stationmaster.server.inventory.ControlConfig;
import org.stationmaster.server.inventory.Role;

/**
 * Who asks, by the token in {@code Authorization: Bearer}, and whether he may. Tokens are compared by their digests, all of
 * them and each whole, so that the time it takes tells nothing. Without tokens whoever reaches loopback may do everything.
 */
final class Access {
    private static final String SCHEME = "bearer ";
    private static final String CALLER = "stationmaster.caller";
    private static final String ANYBODY = "loopback";

    private final List<Known> known;

    @SuppressWarnings("ArrayRecordComponent") // never changed
    private record Known(String name, Role role, byte[] digest) {}

    /** Who asks. */
    record Caller(String name, Role role) {}

    Access(List<ControlConfig.Token> tokens) {
        known = tokens.stream()
                .map(token -> new Known(
                        token.name(), token.role(), digest(token.secret().reveal())))
                .toList();
    }

    /** The handler, for those who have the role. */
    Handler guarding(Role role, Handler handler) {
        return context -> {
            var caller = caller(context);
            context.attribute(CALLER, caller);
            if (caller.role().compareTo(role) < 0) {
                throw new ProblemException(
                        403,
                        "token '" + caller.name() + "' has the role " + told(caller.role()) + "; this takes "
                                + told(role));
            }
            handler.handle(context);
        };
    }

    /** Who asked; null: nobody knows. */
    static @Nullable Caller of(Context context) {
        return context.attribute(CALLER);
    }

    private Caller caller(Context context) {
        if (known.isEmpty()) {
            return new Caller(ANYBODY, Role.COMMAND);
        }
        var header = context.header("Authorization");
        if (header == null) {
            throw unauthorized(context, "a token is needed: send Authorization: Bearer TOKEN");
        }
        boolean isBearer = header.regionMatches(true, 0, SCHEME, 0, SCHEME.length());
        var given = digest(isBearer ? header.substring(SCHEME.length()).strip() : "");
        Known found = null;
        for (var one : known) {
            if (MessageDigest.isEqual(one.digest(), given)) {
                found = one;
            }
        }
        if (found == null) {
            throw unauthorized(context, "the token is not known here");
        }
        return new Caller(found.name(), found.role());
    }

    private static ProblemException unauthorized(Context context, String detail) {
        context.header("WWW-Authenticate", "Bearer");
        return new ProblemException(401, detail);
    }

    private static String told(Role role) {
        return role.name().toLowerCase(Locale.ROOT);
    }

    private static byte[] digest(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }
}
