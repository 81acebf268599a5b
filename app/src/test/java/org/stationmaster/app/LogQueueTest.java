package org.stationmaster.app;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.OutputStreamAppender;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

@Timeout(60)
class LogQueueTest {
    private static final Pattern DROPPED = Pattern.compile("(\\d+) lines of the log were dropped.*");

    /** Permits for all lines there will be. */
    private static final int LET_GO = 1_000_000;

    private final LoggerContext context = new LoggerContext();

    /** What stderr would be; it hangs until it is let go. */
    private static final class Reader extends AppenderBase<ILoggingEvent> {
        /** A permit a line. */
        private final Semaphore go = new Semaphore(0);
        /** A permit for each line it came to hang at. */
        private final Semaphore inHand = new Semaphore(0);
        /** By the queue's thread; read when that has ended. */
        private final List<String> lines = new ArrayList<>();

        @Override
        protected void append(ILoggingEvent event) {
            inHand.release();
            try {
                go.acquire();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            lines.add(event.getFormattedMessage());
        }
    }

    @AfterEach
    void stop() {
        context.stop();
    }

    private LogQueue queue(Reader reader, int lines) {
        context.setMDCAdapter(new LogbackMDCAdapter());
        var queue = new LogQueue();
        queue.setContext(context);
        queue.setQueueSize(lines);
        queue.setMaxFlushTime(0); // as long as it takes
        reader.setContext(context);
        reader.start();
        queue.addAppender(reader);
        queue.start();
        context.getLogger("ROOT").addAppender(queue);
        return queue;
    }

    @Test
    void whoLogsDoesNotWaitAndWhatIsDroppedIsToldAtItsPlace() throws InterruptedException {
        var reader = new Reader();
        var queue = queue(reader, 16);
        var log = context.getLogger("test");
        log.info("line 0");
        reader.inHand.acquire();
        IntStream.range(1, 1_000).forEach(i -> log.info("line {}", i));
        reader.go.release(); // takes all that is queued, and hangs at its first
        reader.inHand.acquire();
        IntStream.range(1_000, 2_000).forEach(i -> log.info("line {}", i));
        reader.go.release(LET_GO);
        queue.stop();
        var expected = new ArrayList<String>();
        IntStream.rangeClosed(0, 15).forEach(i -> expected.add("line " + i));
        expected.add("984 lines of the log were dropped: its reader is too slow");
        IntStream.range(1_000, 1_015).forEach(i -> expected.add("line " + i));
        expected.add("985 lines of the log were dropped: its reader is too slow");
        assertThat(reader.lines).isEqualTo(expected);
    }

    @Test
    void eachLineOfManyIsWrittenOrCounted() throws InterruptedException {
        var reader = new Reader();
        var queue = queue(reader, 64);
        var log = context.getLogger("test");
        var threads = IntStream.range(0, 8)
                .mapToObj(_ -> Thread.ofPlatform().start(() -> {
                    for (int i = 0; i < 2_000; i++) {
                        log.info("line");
                        if (i == 1_000) {
                            reader.go.release(LET_GO);
                        }
                    }
                }))
                .toList();
        for (var thread : threads) {
            thread.join();
        }
        queue.stop();
        long written = 0;
        long dropped = 0;
        for (var line : reader.lines) {
            var matcher = DROPPED.matcher(line);
            if (matcher.matches()) {
                dropped += Long.parseLong(matcher.group(1));
            } else {
                written++;
            }
        }
        assertThat(dropped).isPositive();
        assertThat(written + dropped).isEqualTo(16_000);
    }

    /** As logback.xml has it. */
    private String encoded(String format, String message) throws Exception {
        context.putProperty(LogQueue.FORMAT, format);
        var configurator = new JoranConfigurator();
        configurator.setContext(context);
        configurator.doConfigure(LogQueue.class.getResource("/logback.xml"));
        var queue = (LogQueue) context.getLogger("ROOT").getAppender("queue");
        var event = new LoggingEvent(
                "",
                context.getLogger("a.b.Test"),
                ch.qos.logback.classic.Level.WARN,
                message,
                new Exception(message),
                null);
        var appender = (OutputStreamAppender<ILoggingEvent>) queue.getAppender(format);
        return new String(appender.getEncoder().encode(event), StandardCharsets.UTF_8);
    }

    /** Each character that could break a line or an object. */
    private static final String ODD = "\"\\\ud800|"
            + IntStream.range(0, 0xa0).mapToObj(Character::toString).collect(Collectors.joining()) + "\u2028é";

    @ParameterizedTest
    @CsvSource({"text", "json"})
    void aLineIsALine(String format) throws Exception {
        assertThat(encoded(format, ODD)).endsWith("\n").containsOnlyOnce("\n").doesNotContain("\r");
    }

    @Test
    void jsonHoldsTheMessageAndTheStack() throws Exception {
        var document = new JsonMapper().readTree(encoded("json", ODD));
        var readBack = ODD.replace('\ud800', '?'); // half a character has no bytes
        assertThat(document.get("formattedMessage").stringValue()).isEqualTo(readBack);
        assertThat(document.get("level").stringValue()).isEqualTo("WARN");
        assertThat(document.get("loggerName").stringValue()).isEqualTo("a.b.Test");
        assertThat(document.get("timestamp").longValue()).isPositive();
        assertThat(document.get("throwable").get("message").stringValue()).isEqualTo(readBack);
    }
}
