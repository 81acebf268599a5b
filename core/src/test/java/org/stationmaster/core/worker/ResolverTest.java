package org.stationmaster.core.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.Source;

@Timeout(20)
class ResolverTest {
    private final List<Runnable> started = new ArrayList<>();
    /** Threads that never run: every question waits. */
    private final Resolver stuck = new Resolver(task -> {
        started.add(task);
        return new Thread(() -> {});
    });

    private final Resolver resolver = new Resolver(Thread.ofPlatform().daemon().factory());

    private record Asked(boolean isWanted, CompletableFuture<String> answer) implements Resolver.Answer {
        @Override
        public void resolved(Resolver.Resolved resolved) {
            answer.complete(resolved.addresses().getFirst().getHostAddress());
        }

        @Override
        public void failed(IOException cause) {
            answer.completeExceptionally(cause);
        }
    }

    @AfterEach
    void shutdown() {
        resolver.shutdown();
        stuck.shutdown();
    }

    @Test
    void anAddressNeedsNoLookUp() {
        assertThat(Resolver.literal(Source.of("A", "p", "192.0.2.7", 1))).isNotNull();
        assertThat(Resolver.literal(Source.of("A", "p", "2001:db8::1", 1))).isNotNull();
        assertThat(Resolver.literal(Source.of("A", "p", "localhost", 1))).isNull();
        assertThat(Resolver.literal(Source.of("A", "p", "1.2.3", 1))).isNull();
    }

    @Test
    void aNameIsLookedUp() throws InterruptedException, ExecutionException {
        assertThat(lookedUp()).isIn("127.0.0.1", "0:0:0:0:0:0:0:1");
    }

    private String lookedUp() throws InterruptedException, ExecutionException {
        var asked = new Asked(true, new CompletableFuture<>());
        resolver.resolve(Source.of("A", "p", "localhost", 1), asked);
        return asked.answer().get();
    }

    @Test
    void whoHasLeftIsNotAnswered() throws InterruptedException, ExecutionException {
        var left = new Asked(false, new CompletableFuture<>());
        resolver.resolve(Source.of("A", "p", "localhost", 1), left);
        assertThat(lookedUp()).isNotEmpty();
        assertThat(left.answer()).isNotDone();
    }

    @Test
    void questionsThatWaitAreBounded() {
        int refused = 0;
        int asked = 20_000;
        for (int i = 0; i < asked; i++) {
            var question = new Asked(true, new CompletableFuture<>());
            stuck.resolve(Source.of("A", "p", "name.invalid", 1), question);
            if (question.answer().isCompletedExceptionally()) {
                refused++;
            }
        }
        assertThat(refused).isEqualTo(asked - started.size() - 16_384);
    }
}
