package org.stationmaster.core.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.stationmaster.core.fixtures.Await.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.AbstractList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Task;
import org.stationmaster.core.api.TaskScheduler;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.core.state.StateTable;

/** The keeper's socket and thread, most of it without a process. */
@Timeout(60)
class ProcessKeeperTest {
    private static final WorkerId W0 = new WorkerId(0);
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir
    Path directory;

    private final ConcurrentLinkedQueue<WorkerReport> reports = new ConcurrentLinkedQueue<>();
    private ProcessPlan plan;

    private ProcessKeeper keeper;

    /** Has no task. */
    public static final class Idle extends TaskScheduler {
        @Override
        protected Task taskFor(Source source) {
            throw new UnsupportedOperationException();
        }
    }

    /** What a worker process runs here. */
    public static final class Hosted {
        public static void main(String... arguments) {
            System.out.println("what it said");
            WorkerHost.run(System.in, () -> {});
        }
    }

    @BeforeEach
    void open() {
        keep(List.of());
    }

    private void keep(List<String> jvmOptions) {
        try {
            var size = new MachineSize(1, 1);
            var file = directory.resolve("table");
            var table = StateTable.create(file, size, 77);
            plan = new ProcessPlan(
                    size,
                    Hosted.class,
                    file,
                    77,
                    directory,
                    100,
                    Idle.class,
                    List.of(),
                    List.of(),
                    20,
                    5_000,
                    0,
                    jvmOptions);
            keeper = new ProcessKeeper(
                    plan,
                    table.reader(),
                    reports::add,
                    new Taps(),
                    Clock.SYSTEM,
                    Thread.ofPlatform().daemon().factory());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @AfterEach
    void leaveNothing() {
        keeper.close();
        assertThat(keeper.awaitEnd(LIMIT)).isTrue();
        assertThat(ProcessHandle.current().children().filter(ProcessHandle::isAlive))
                .isEmpty();
    }

    private Path socket() {
        var answer = new CompletableFuture<Path>();
        keeper.execute(() -> {
            try {
                answer.complete(keeper.socket());
            } catch (IOException e) {
                answer.completeExceptionally(new UncheckedIOException(e));
            }
        });
        return answer.join();
    }

    private static void connect(Path socket) throws IOException {
        try (var channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            assertThat(channel.isConnected()).isTrue();
        }
    }

    @Test
    void aSocketThatSomebodyRemovedIsMadeAgain() throws Exception {
        var first = socket();
        assertThat(socket()).as("while it is there").isEqualTo(first);
        Files.delete(first);
        Files.delete(first.resolveSibling(""));
        var second = socket();
        assertThat(second).exists().isNotEqualTo(first);
        connect(second);
        keeper.close();
        assertThat(keeper.awaitEnd(LIMIT)).isTrue();
        assertThat(second.resolveSibling("")).doesNotExist();
    }

    @Test
    void anErrorDoesNotEndTheKeeper() {
        keeper.execute(() -> {
            throw new AssertionError("on purpose");
        });
        assertThat(socket()).exists();
    }

    @Test
    void aProcessThatAnErrorKeepsFromStartingIsLost() {
        keeper.close();
        assertThat(keeper.awaitEnd(LIMIT)).isTrue();
        keep(new AbstractList<>() {
            @Override
            public String get(int index) {
                throw new NoClassDefFoundError("on purpose");
            }

            @Override
            public int size() {
                return 1;
            }
        });
        var worker = keeper.start(W0);
        await().until(() -> !reports.isEmpty());
        assertThat(reports.element())
                .isEqualTo(new WorkerReport.Lost(
                        W0, "no process could be started: java.lang.NoClassDefFoundError: on purpose"));
        assertThat(worker.firstStart()).isCompletedExceptionally();
    }

    @Tag("system")
    @Test
    void aWorkerThatIsSentAwayLeavesTheSocketToTheOthers() throws Exception {
        var socket = socket();
        var stranger = WorkerJvm.start(plan, plan.setup(W0, 5, socket), Clock.SYSTEM);
        stranger.end().join();
        assertThat(stranger.process().exitValue()).isEqualTo(1);
        assertThat(stranger.cause("its socket failed"))
                .startsWith("its socket failed; its last words: ")
                .contains("what it said");
        connect(socket);
    }
}
