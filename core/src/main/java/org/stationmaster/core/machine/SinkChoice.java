package org.stationmaster.core.machine;

import java.util.Map;
import java.util.function.Consumer;
import org.stationmaster.core.api.Sink;
import org.stationmaster.core.api.SinkFactory;
import org.stationmaster.core.api.StationRecord;
import org.stationmaster.core.worker.ProcessPlan.SinkSetup;

/** A sink as the embedder has chosen it. */
sealed interface SinkChoice {
    /** The sink for a machine whose workers are threads. */
    Sink here();

    /** How worker processes make theirs. */
    SinkSetup inWorkers() throws MachineStartException;

    /** It is there already: it cannot be in another process. */
    record Made(Sink sink) implements SinkChoice {
        @Override
        public Sink here() {
            return sink;
        }

        @Override
        public SinkSetup inWorkers() throws MachineStartException {
            throw new MachineStartException(
                    "with isolation processes each worker makes its own sinks: give the SinkFactory of sink "
                            + sink.name() + ", not the sink",
                    null);
        }
    }

    /** It is made where it is needed. */
    record ToMake(SinkFactory factory, Map<String, String> settings) implements SinkChoice {
        @Override
        public Sink here() {
            return factory.create(settings, 0);
        }

        @Override
        public SinkSetup inWorkers() throws MachineStartException {
            return new SinkSetup(Rebuilt.check(factory), settings);
        }
    }

    /** A listener; in worker processes, one of its class in each. */
    record Listener(Consumer<? super StationRecord> listener, int number) implements SinkChoice {
        @Override
        public Sink here() {
            return new ListenerSink(listener, number);
        }

        @Override
        public SinkSetup inWorkers() throws MachineStartException {
            return new SinkSetup(
                    ListenerFactory.class,
                    Map.of(
                            ListenerFactory.CLASS,
                            Rebuilt.check(listener).getName(),
                            ListenerFactory.NUMBER,
                            Integer.toString(number)));
        }
    }
}
