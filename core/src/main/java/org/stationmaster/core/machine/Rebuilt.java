package org.stationmaster.core.machine;

import java.lang.reflect.Modifier;
import java.util.Arrays;

/** What is built anew in each worker process, from its class alone. */
final class Rebuilt {
    private Rebuilt() {}

    /**
     * The class, when it can be built elsewhere.
     *
     * @throws MachineStartException it cannot; the message says why
     */
    @SuppressWarnings("unchecked") // the class of an instance of T
    static <T> Class<? extends T> check(T instance) throws MachineStartException {
        var type = instance.getClass();
        boolean named = !type.isAnonymousClass() && !type.isLocalClass() && !type.isHidden() && !type.isSynthetic();
        boolean reachable = Modifier.isPublic(type.getModifiers())
                && (type.getEnclosingClass() == null || Modifier.isStatic(type.getModifiers()));
        if (!named || !reachable || !hasConstructor(type)) {
            throw new MachineStartException(
                    "with isolation processes " + type.getName()
                            + " is built in each worker: it must be a named public class with a public no-argument"
                            + " constructor",
                    null);
        }
        return (Class<? extends T>) type;
    }

    private static boolean hasConstructor(Class<?> type) {
        return Arrays.stream(type.getConstructors()).anyMatch(constructor -> constructor.getParameterCount() == 0);
    }
}
