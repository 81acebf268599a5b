package org.stationmaster.server.inventory;

import java.net.URI;
import java.util.List;

/** One entry of {@code alarms}: who is told of alarms. */
public sealed interface ReceiverConfig {
    /**
     * Gets each alarm as a POST of JSON.
     *
     * @param url http or https; it may hold a secret, so it is never shown whole
     */
    record Webhook(URI url) implements ReceiverConfig {
        @Override
        public String toString() {
            return "webhook " + url.getScheme() + "://" + url.getHost();
        }
    }

    /**
     * A program that gets each alarm as JSON on its standard input; 0 is success.
     *
     * @param argv the program and its arguments; no shell
     */
    record Command(List<String> argv) implements ReceiverConfig {
        public Command {
            argv = List.copyOf(argv);
        }

        @Override
        public String toString() {
            return "command " + argv.getFirst();
        }
    }
}
