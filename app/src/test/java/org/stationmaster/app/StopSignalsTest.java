package org.stationmaster.app;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

@Timeout(10)
class StopSignalsTest {
    private final List<String> log = new ArrayList<>();
    private final StopSignals signals = new StopSignals(code -> log.add("end " + code));

    @Test
    void theFirstAsksAndTheSecondEndsAtOnceAfterTheTerminalIsPutBack() throws InterruptedException {
        signals.beforeEnd(() -> log.add("put back"));
        assertThat(signals.await(0)).isFalse();
        signals.raiseTerm();
        assertThat(signals.isAsked()).isTrue();
        assertThat(log).isEmpty();
        signals.await();
        signals.raiseTerm();
        assertThat(log).containsExactly("put back", "end 143");
    }

    @Test
    void whoOnlyLooksEndsWithoutAWord() {
        var told = new ListAppender<ILoggingEvent>();
        told.start();
        var logger = (Logger) LoggerFactory.getLogger(StopSignals.class);
        logger.addAppender(told);
        logger.setLevel(Level.INFO); // another test may have turned the log down
        try {
            signals.listenQuietly();
            signals.raiseTerm();
            assertThat(signals.isAsked()).isTrue();
            assertThat(told.list).isEmpty();
            new StopSignals(_ -> {}).raiseTerm();
            assertThat(told.list)
                    .singleElement()
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .isEqualTo("SIGTERM: stopping in order; once more ends at once");
        } finally {
            logger.setLevel(null);
            logger.detachAppender(told);
        }
    }

    /** The end of stdin is no signal: a SIGTERM after it is the first. */
    @Test
    void askingIsNotASignal() {
        signals.ask();
        signals.ask();
        signals.raiseTerm();
        assertThat(signals.isAsked()).isTrue();
        assertThat(log).isEmpty();
    }
}
