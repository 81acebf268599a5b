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
import java.util.concurrent.CountDownLatch;
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

    private final LoggerContext context = new LoggerContext();

    /** What stderr would be; it hangs until it is let go. */
    private static final class Reader extends AppenderBase<ILoggingEvent> {
        private final CountDownLatch go = new CountDownLatch(1);
        /** By the queue's thread; read when that has ended. */
        private final List<String> lines = new ArrayList<>();

        @Override
        protected void append(ILoggingEvent event) {
            try {
                go.await();
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
    void whoLogsDoesNotWaitAndWhatIsDroppedIsToldAtItsPlace() {
        var reader = new Reader();
        var queue = queue(reader, 16);
        var log = context.getLogger("test");
        IntStream.range(0, 1_000).forEach(i -> log.info("line {}", i));
        reader.go.countDown();
        queue.stop();
        int kept = reader.lines.size() - 1;
        assertThat(kept).as("the queue, and what the reader had in hand").isBetween(15, 32);
        assertThat(reader.lines.subList(0, 15))
                .isEqualTo(IntStream.range(0, 15).mapToObj(i -> "line " + i).toList());
        assertThat(reader.lines.getLast()).startsWith(1_000 - kept + " lines of the log were dropped");
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
                            reader.go.countDown();
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
