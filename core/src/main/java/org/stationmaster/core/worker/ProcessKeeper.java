package org.stationmaster.core.worker;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.core.state.StateReader;

/**
 * Looks after the worker processes of a machine, on one thread: accepts and reads their sockets, times their beats, and
 * sees to it that what died is killed, awaited and started again.
 *
 * <p>The socket lies in a fresh directory of the user's run-time folder ({@code XDG_RUNTIME_DIR}) or of the temporary one,
 * open to this user alone.
 */
public final class ProcessKeeper implements AutoCloseable, Executor {
    private static final Logger LOG = LoggerFactory.getLogger("org.stationmaster.machine");
    private static final long LOOK_NANOS = 250_000_000L;
    /** A look that came this much too late judges nobody. */
    private static final long LATE_NANOS = 1_000_000_000L;
    /** For processes that are killed only when the keeper's own end was awaited in vain. */
    private static final long KILLED_LATE_NANOS = 1_000_000_000L;
    /** {@code sun_path} holds 108 bytes with its end. */
    private static final int LONGEST_SOCKET_PATH_BYTES = 107;

    private final ProcessPlan plan;
    private final StateReader table;
    private final Consumer<WorkerReport> reports;
    private final Taps taps;
    private final Clock clock;
    private final Selector selector;
    /** Where the workers find us; on the keeper's thread, once that is there. */
    private Door door;

    /** Whether the last call could not be accepted. */
    private boolean isDeaf;

    private final Thread thread;
    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    /** Added to on the keeper's thread. */
    private final List<ProcessWorker> workers = new CopyOnWriteArrayList<>();

    private volatile boolean closed;

    /** @throws IOException the socket cannot be made; the message says what to do */
    public ProcessKeeper(
            ProcessPlan plan,
            StateReader table,
            Consumer<WorkerReport> reports,
            Taps taps,
            Clock clock,
            ThreadFactory threads)
            throws IOException {
        this.plan = plan;
        this.table = table;
        this.reports = reports;
        this.taps = taps;
        this.clock = clock;
        this.selector = Selector.open();
        try {
            this.door = openDoor();
        } catch (IOException e) {
            selector.close();
            throw e;
        }
        this.thread = threads.newThread(this::run);
        thread.setName("keeper");
        thread.start();
        taps.whenChanged(() -> execute(() -> workers.forEach(ProcessWorker::tellTaps)));
    }

    /** A listening socket and where it lies. */
    private record Door(Path directory, Path socket, ServerSocketChannel server, SelectionKey key) {
        void close() {
            try {
                server.close();
                Files.deleteIfExists(socket);
                Files.deleteIfExists(directory);
            } catch (IOException e) {
                LOG.warn("{} could not be removed", directory, e);
            }
        }
    }

    private Door openDoor() throws IOException {
        var directory = makeDirectory(System.getenv("XDG_RUNTIME_DIR"), System.getProperty("java.io.tmpdir"));
        var socket = directory.resolve("s");
        var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            server.bind(UnixDomainSocketAddress.of(socket), plan.size().workers());
            server.configureBlocking(false);
            return new Door(directory, socket, server, server.register(selector, SelectionKey.OP_ACCEPT));
        } catch (IOException e) {
            server.close();
            Files.deleteIfExists(socket);
            Files.deleteIfExists(directory);
            throw new IOException("no socket for the workers can be made at " + socket + ": " + e, e);
        }
    }

    /**
     * Where the next process finds us. The run-time folder goes with the user's last session, and temporary ones are swept:
     * when the socket is gone, another is made. Those that are connected do not notice. On the keeper's thread.
     *
     * @throws IOException none can be made
     */
    Path socket() throws IOException {
        if (!Files.exists(door.socket())) {
            var gone = door;
            door = openDoor();
            LOG.warn("somebody has removed the workers' socket {}; it is now {}", gone.socket(), door.socket());
            gone.close();
        }
        return door.socket();
    }

    /** The first place whose path is short enough for a socket. */
    static Path makeDirectory(@Nullable String... places) throws IOException {
        IOException failure = null;
        for (var place : places) {
            if (place == null || place.isBlank()) {
                continue;
            }
            try {
                var made = Files.createTempDirectory(
                        Path.of(place),
                        "stationmaster-",
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
                if (made.resolve("s").toString().getBytes(StandardCharsets.UTF_8).length <= LONGEST_SOCKET_PATH_BYTES) {
                    return made;
                }
                Files.delete(made);
                failure = new IOException(
                        "the path of " + place + " is too long for a socket (at most " + LONGEST_SOCKET_PATH_BYTES
                                + " bytes): set XDG_RUNTIME_DIR or java.io.tmpdir to a shorter one");
            } catch (IOException e) {
                failure = new IOException("no socket for the workers can be made in " + place + ": " + e, e);
            }
        }
        throw failure == null ? new IOException("neither XDG_RUNTIME_DIR nor java.io.tmpdir is set") : failure;
    }

    /** Starts a worker; see {@link ProcessWorker#firstStart}. */
    public ProcessWorker start(WorkerId id) {
        var worker = new ProcessWorker(id, this, plan, table, reports, taps, clock);
        execute(() -> {
            workers.add(worker);
            worker.spawn();
        });
        return worker;
    }

    /** Runs a task on the keeper's thread, in order; from any thread. */
    @Override
    public void execute(Runnable task) {
        tasks.add(task);
        selector.wakeup();
    }

    private void run() {
        long lookedNanos = clock.nanoTime();
        while (!closed || !workers.stream().allMatch(ProcessWorker::isGone)) {
            try {
                selector.select(this::handle, LOOK_NANOS / 1_000_000);
                for (var task = tasks.poll(); task != null; task = tasks.poll()) {
                    task.run();
                }
                long now = clock.nanoTime();
                if (now - lookedNanos >= LOOK_NANOS) {
                    boolean late = now - lookedNanos >= LOOK_NANOS + LATE_NANOS;
                    lookedNanos = now;
                    if (isDeaf) {
                        door.key().interestOps(SelectionKey.OP_ACCEPT);
                    }
                    workers.forEach(worker -> worker.look(now, late));
                }
            } catch (IOException | RuntimeException | Error e) { // its end would be that of all respawns
                LOG.error("a turn of the keeper failed; it goes on with the next", e);
            }
        }
        cleanUp();
    }

    private void handle(SelectionKey key) {
        if (!key.isValid()) {
            return;
        }
        try {
            switch (key.attachment()) {
                case null -> accept(key);
                case Caller caller -> caller.read(key);
                case ProcessWorker worker -> worker.handle(key);
                default -> throw new IllegalStateException("an attachment of its own: " + key.attachment());
            }
        } catch (IOException e) {
            LOG.warn("a worker's socket failed", e);
            close(key.channel());
        }
    }

    private static void close(Channel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("closing a worker's socket", e);
        }
    }

    /** What fails here, for want of a file descriptor say, fails for a while: who calls is let wait until the next look. */
    private void accept(SelectionKey listening) {
        try {
            var channel = door.server().accept();
            if (channel != null) {
                admit(channel);
            }
            isDeaf = false;
        } catch (IOException e) {
            listening.interestOps(0);
            if (!isDeaf) {
                LOG.warn("no worker can connect for now; the keeper goes on trying", e);
            }
            isDeaf = true;
        }
    }

    private void admit(SocketChannel channel) {
        try {
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, new Caller(channel));
        } catch (IOException e) {
            LOG.warn("a worker's socket failed", e);
            close(channel);
        }
    }

    /** A connection that has not said yet which worker it is. */
    private final class Caller {
        private final SocketChannel channel;
        private final ByteBuffer hello = ByteBuffer.allocate(Integer.BYTES + Long.BYTES);

        private Caller(SocketChannel channel) {
            this.channel = channel;
        }

        private void read(SelectionKey key) throws IOException {
            int count = channel.read(hello);
            if (count < 0) {
                channel.close();
            } else if (!hello.hasRemaining()) {
                hello.flip();
                int index = hello.getInt();
                long incarnation = hello.getLong();
                for (var worker : workers) {
                    if (worker.id().index() == index && worker.connected(channel, key, incarnation)) {
                        return;
                    }
                }
                LOG.warn("a process that is no worker of now (w{}, incarnation {}) was sent away", index, incarnation);
                channel.close();
            }
        }
    }

    private void cleanUp() {
        door.close();
        try {
            selector.close();
        } catch (IOException e) {
            LOG.warn("the keeper's selector could not be closed", e);
        }
    }

    /** Kills what still lives and ends the thread when all have been awaited. Does not wait. */
    @Override
    public void close() {
        closed = true;
        execute(() -> workers.forEach(ProcessWorker::end));
    }

    /**
     * Waits until all processes are gone, whether interrupted or not: whoever comes next may open their files. What the
     * keeper did not come to is killed here.
     *
     * @return false: some are still there
     */
    public boolean awaitEnd(Duration limit) {
        long end = clock.nanoTime() + limit.toNanos();
        if (!await(left -> thread.join(Duration.ofNanos(left)), end)) {
            LOG.warn("the keeper did not end within {} s", limit.toSeconds());
        }
        boolean gone = true;
        for (var worker : workers) { // the thread's end says nothing of them, should it be an error's
            gone &= await(worker::awaitEnd, end + KILLED_LATE_NANOS);
        }
        return gone;
    }

    private interface Waiting {
        boolean within(long nanos) throws InterruptedException;
    }

    private boolean await(Waiting what, long endNanos) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return what.within(Math.max(0, endNanos - clock.nanoTime()));
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
