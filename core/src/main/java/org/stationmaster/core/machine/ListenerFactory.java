package org.stationmaster.core.machine;

import java.util.Map;
import java.util.function.Consumer;
import org.stationmaster.core.api.Sink;
import org.stationmaster.core.api.SinkFactory;
import org.stationmaster.core.api.StationRecord;

/** Builds a listener of the embedder in a worker process. Public for that alone. */
public final class ListenerFactory implements SinkFactory {
    static final String CLASS = "class";
    static final String NUMBER = "number";

    @Override
    @SuppressWarnings("unchecked") // the machine has checked it with an instance
    public Sink create(Map<String, String> settings, int part) {
        var name = String.valueOf(settings.get(CLASS));
        try {
            var listener = (Consumer<? super StationRecord>) Class.forName(name)
                    .asSubclass(Consumer.class)
                    .getConstructor()
                    .newInstance();
            return new ListenerSink(listener, Integer.parseInt(String.valueOf(settings.get(NUMBER))));
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException("the listener " + name + " could not be built: " + e, e);
        }
    }
}
