package org.stationmaster.core.worker;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.DialIn;
import org.stationmaster.core.api.Listen;
import org.stationmaster.core.api.MachineView;
import org.stationmaster.core.api.MachineView.SlotEvent;
import org.stationmaster.core.api.RecordListener;
import org.stationmaster.core.api.Sink;
import org.stationmaster.core.api.SinkException;
import org.stationmaster.core.api.SinkFactory;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.TappedRecord;
import org.stationmaster.core.api.TaskScheduler;
import org.stationmaster.core.state.ProcessIdentity;
import org.stationmaster.core.state.StateReader;
import org.stationmaster.core.state.StateTable;

/**
 * The other end of a {@link ProcessWorker}: one worker in a JVM of its own. It obeys the machine's socket, whose messages
 * are read on the worker's own loop; it ends, whatever it is doing, within two seconds of the machine's end, which it sees at
 * its standard input and at the socket.
 */
public final class WorkerHost {
    private static final Logger LOG = LoggerFactory.getLogger("org.stationmaster.worker");
    /** From the end of the machine to our own: what has been read is written, then the process ends in any case. */
    private static final long ORPHAN_MILLIS = 1_500;

    private static final long LAST_WORD_MILLIS = 1_000;
    private static final int FAILED = 1;

    /** From the end of a machine's socket to the end of its process. */
    private static final long DYING_LOOK_NANOS = 20_000_000L;

    private static final int DYING_LOOKS = 10;

    private final WorkerSetup setup;
    private final ProcessIdentity machine;
    private final Clock clock = Clock.SYSTEM;
    private final Delivery delivery;
    private final ThreadWorker worker;
    private final Resolver resolver;
    private final AtomicBoolean ending = new AtomicBoolean();
    private final Line line = new Line();
    private final List<Listen> listens;
    private final Calls calls;
    /** Null: no station calls in, or no more. */
    private volatile @Nullable CallListener listener;

    /** On the loop. */
    private List<Delivery.LaneStatus> toldLanes = List.of();

    private MachineView.Calls toldCalls = MachineView.Calls.NONE;

    private WorkerHost(WorkerSetup setup) throws IOException, SinkException, ReflectiveOperationException {
        this.setup = setup;
        this.machine = StateTable.open(setup.stateFile()).look(StateReader::supervisor);
        var table = StateTable.attach(setup.stateFile(), setup.id(), setup.bootNanos());
        this.delivery = new Delivery(sinks(setup), Positions.beside(setup.stateFile()), clock, threads("sink"));
        this.resolver = new Resolver(threads("resolver"));
        this.listens = listens(setup);
        this.calls = new Calls(
                listens,
                (call, protocol, greeting, names) ->
                        line.send(new WorkerReport.Called(setup.id(), call, protocol, greeting, names)));
        long heapBytes = Runtime.getRuntime().maxMemory();
        var plan = new WorkerPlan(
                setup.size(),
                make(TaskScheduler.class, setup.scheduler()),
                delivery,
                line::moved,
                this::report,
                resolver,
                calls,
                setup.connectsPerSecond(),
                setup.loopbackConnectsPerSecond(),
                setup.outletLimitBytes() == 0
                        ? WorkerPlan.defaultOutletLimitBytes(1, heapBytes)
                        : setup.outletLimitBytes(),
                WorkerPlan.restLimitBytes(1, heapBytes),
                clock,
                () -> RandomGenerator.of("L64X128MixRandom"),
                threads("worker"));
        delivery.start();
        this.worker = plan.startHosted(setup.id(), setup.incarnation(), this::tellNews, table);
    }

    /**
     * What this process is told to be, read from its standard input; from then on its end is watched.
     *
     * @param warmUp runs before the worker is said to be ready
     */
    public static void run(InputStream in, Runnable warmUp) {
        try {
            var setup = WorkerSetup.read(in);
            DescriptorTable.reserve(setup.descriptors());
            warmUp.run();
            var host = new WorkerHost(setup);
            Thread.ofPlatform().daemon().name("watch").start(() -> host.watch(in));
            host.connect();
        } catch (IOException | SinkException | ReflectiveOperationException | RuntimeException e) {
            fail(e);
        }
    }

    private static void fail(Exception cause) {
        LOG.debug("this worker cannot work", cause);
        // whatever becomes of the log here: the machine puts the last lines into its message
        System.err.println(
                "ERROR this worker cannot work: " + (cause.getMessage() == null ? cause : cause.getMessage()));
        Runtime.getRuntime().halt(FAILED);
    }

    private static List<Sink> sinks(WorkerSetup setup) throws ReflectiveOperationException {
        var sinks = new ArrayList<Sink>();
        for (var sink : setup.sinks()) {
            sinks.add(make(SinkFactory.class, sink.factory())
                    .create(sink.settings(), setup.id().index()));
        }
        return sinks;
    }

    private static List<Listen> listens(WorkerSetup setup) throws ReflectiveOperationException {
        var listens = new ArrayList<Listen>();
        for (var listen : setup.listens()) {
            listens.add(listen.listen(make(DialIn.class, listen.dialIn())));
        }
        return listens;
    }

    private static <T> T make(Class<T> type, String name) throws ReflectiveOperationException {
        try {
            return type.cast(Class.forName(name).getConstructor().newInstance());
        } catch (InvocationTargetException e) {
            throw new ReflectiveOperationException(name + " could not be built: " + e.getCause(), e.getCause());
        }
    }

    private static ThreadFactory threads(String name) {
        return task -> Thread.ofPlatform().daemon(false).name(name).unstarted(task);
    }

    // ---- the machine's socket, on the worker's loop

    private void connect() {
        var loop = worker.loop();
        var connected = new Bootstrap()
                .group(loop.group())
                .channelFactory(NettyLoop.unixChannels())
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(new LengthFieldBasedFrameDecoder(
                                        MessageCodec.LIMIT_BYTES + MessageCodec.HEADER_BYTES,
                                        0,
                                        MessageCodec.HEADER_BYTES,
                                        0,
                                        MessageCodec.HEADER_BYTES))
                                .addLast(line);
                    }
                })
                .connect(NettyLoop.unixAddress(UnixDomainSocketAddress.of(setup.socket())));
        var _ = connected.addListener(_ -> {
            if (connected.isSuccess()) {
                line.open(connected.channel());
            } else {
                LOG.error("the machine's socket {} cannot be reached", setup.socket(), connected.cause());
                orphaned();
            }
        });
    }

    /** Where stations call in; a worker that cannot listen does not come up. */
    private void listen() {
        if (listens.isEmpty()) {
            return;
        }
        try {
            listener = CallListener.startShared(listens, calls, clock, threads("listener"));
        } catch (IOException e) {
            fail(e);
        }
    }

    /** The connection to the machine. */
    private final class Line extends ChannelInboundHandlerAdapter {
        private final List<WorkerCommand> read = new ArrayList<>();
        private volatile @Nullable Channel channel;
        private long eventsLeftOut;
        /** Copies that the machine was too slow for, by source. */
        private final Map<SourceId, Long> copiesLeftOut = new ConcurrentHashMap<>();

        void open(Channel opened) {
            var hello = Unpooled.buffer(Integer.BYTES + Long.BYTES);
            hello.writeInt(setup.id().index()).writeLong(setup.incarnation());
            var _ = opened.write(hello);
            channel = opened;
            listen(); // of what is called from now on is told behind what follows, which this task sends
            send(new WorkerReport.Ready(setup.id(), setup.incarnation()));
        }

        boolean isOpen() {
            return channel != null;
        }

        /** Any thread. What is sent before there is a line is not missed: the worker has been told nothing yet. */
        void send(WorkerReport report) {
            var to = channel;
            if (to != null) {
                var _ = to.writeAndFlush(Unpooled.wrappedBuffer(MessageCodec.encode(report)), to.voidPromise());
            }
        }

        /** The same, and waits until the system has it. */
        void sendLast(WorkerReport report) throws InterruptedException {
            var to = channel;
            if (to != null) {
                boolean _ = to.writeAndFlush(Unpooled.wrappedBuffer(MessageCodec.encode(report)))
                        .await(LAST_WORD_MILLIS);
            }
        }

        /** On the loop. News that can be left out when the machine is slow: they are for people. */
        void moved(SlotEvent event) {
            var to = channel;
            if (to == null || !to.isWritable()) {
                eventsLeftOut++;
                return;
            }
            if (eventsLeftOut > 0) {
                LOG.warn("the machine was slow to listen: {} slot events were left out", eventsLeftOut);
                eventsLeftOut = 0;
            }
            send(new WorkerReport.Moved(event));
        }

        /** Passes copies on, as far as the machine is quick enough. On any thread that hands records over. */
        private RecordListener copies(SourceId source) {
            return new RecordListener() {
                @Override
                public void record(TappedRecord copy) {
                    var to = channel;
                    if (to == null || !to.isWritable()) {
                        dropped(1);
                        return;
                    }
                    var leftOut = copiesLeftOut.remove(source);
                    send(new WorkerReport.Tapped(copy, leftOut == null ? 0 : leftOut));
                }

                @Override
                public void dropped(long count) {
                    copiesLeftOut.merge(source, count, Long::sum);
                }
            };
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) throws IOException {
            var body = (ByteBuf) message;
            try {
                var bytes = new byte[body.readableBytes()];
                body.readBytes(bytes);
                read.add(MessageCodec.command(bytes));
            } finally {
                body.release();
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            var commands = List.copyOf(read);
            read.clear();
            // a call is for the slot that is woken behind it: the worker obeys in a task of its own
            worker.tell(commands.stream().filter(command -> !isForUs(command)).toList());
            commands.stream().filter(this::isForUs).forEach(this::obey);
        }

        private boolean isForUs(WorkerCommand command) {
            return switch (command) {
                case WorkerCommand.Finish _,
                        WorkerCommand.Tap _,
                        WorkerCommand.TakeCall _,
                        WorkerCommand.RefuseCall _,
                        WorkerCommand.HangUp _ -> true;
                case WorkerCommand.Activate _, WorkerCommand.Release _, WorkerCommand.Pause _, WorkerCommand.Send _ ->
                    false;
            };
        }

        private void obey(WorkerCommand command) {
            switch (command) {
                case WorkerCommand.Tap(var sources) -> {
                    copiesLeftOut.keySet().retainAll(sources);
                    delivery.taps().only(sources, this::copies);
                }
                case WorkerCommand.TakeCall(var call, var name) -> calls.take(call, name);
                case WorkerCommand.RefuseCall(var call, var why, var source) -> calls.refuse(call, why, source);
                case WorkerCommand.HangUp() -> hangUp();
                case WorkerCommand.Finish(var deadlineMillis) -> {
                    worker.stopping();
                    end(() -> finish(deadlineMillis));
                }
                case WorkerCommand.Activate _, WorkerCommand.Release _, WorkerCommand.Pause _, WorkerCommand.Send _ ->
                    throw new IllegalStateException("for the worker, not its host: " + command);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            orphaned();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            LOG.error("the machine's socket failed", cause);
            orphaned();
        }
    }

    /** A slot is idle for the machine when the sinks have all its records: another process may hold its source next. */
    private void report(WorkerReport report) {
        if (report instanceof WorkerReport.Idle) {
            worker.handOff();
            delivery.whenDelivered(() -> line.send(report));
        } else {
            line.send(report);
        }
    }

    private void hangUp() {
        var listening = listener;
        if (listening != null) {
            listening.close();
        }
    }

    private void tellNews() {
        tellSinks();
        tellCalls();
    }

    private void tellCalls() {
        var counted = calls.counted();
        if (line.isOpen() && !counted.equals(toldCalls)) {
            toldCalls = counted;
            line.send(new WorkerReport.Counted(setup.id(), counted));
        }
    }

    private void tellSinks() {
        var lanes = delivery.lanes();
        if (line.isOpen() && !lanes.equals(toldLanes)) {
            toldLanes = lanes;
            line.send(new WorkerReport.Sinks(setup.id(), lanes));
        }
    }

    // ---- the end

    private void end(Runnable how) {
        if (ending.compareAndSet(false, true)) {
            Thread.ofPlatform().name("end").start(how);
        }
    }

    private void finish(long deadlineMillis) {
        int status = 0;
        hangUp();
        try {
            var left = delivery.stop(Duration.ofMillis(deadlineMillis));
            line.send(new WorkerReport.Sinks(setup.id(), delivery.lanes()));
            line.send(new WorkerReport.Counted(setup.id(), calls.counted()));
            line.sendLast(new WorkerReport.Finished(
                    setup.id(),
                    left.stream().map(what -> setup.id() + ": " + what).toList()));
        } catch (InterruptedException e) {
            status = FAILED;
        }
        Runtime.getRuntime().halt(status);
    }

    /** The end of the machine's end of our standard input. */
    private void watch(InputStream in) {
        try {
            while (in.read() >= 0) {
                // nothing is said there any more
            }
        } catch (IOException e) {
            LOG.debug("the standard input failed", e);
        }
        orphaned();
    }

    /** The machine is gone: nobody will ask for more. What has been read is written, then this process ends. */
    private void orphaned() {
        Thread.ofPlatform().daemon().name("halt").start(() -> {
            LockSupport.parkNanos(ORPHAN_MILLIS * 1_000_000);
            Runtime.getRuntime().halt(FAILED);
        });
        end(() -> {
            LOG.error("the machine has ended, or its socket: so does this worker");
            try {
                worker.handOffNow();
                delivery.stop(Duration.ofMillis(ORPHAN_MILLIS - 200));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (hasMachineDied()) {
                removeSocket();
            }
            Runtime.getRuntime().halt(FAILED);
        });
    }

    /** A machine that lives needs its socket for the other workers, and for who comes in our place. */
    private boolean hasMachineDied() {
        for (int look = 0; look < DYING_LOOKS && machine.find().isPresent(); look++) {
            LockSupport.parkNanos(DYING_LOOK_NANOS);
        }
        return machine.find().isEmpty();
    }

    /** The machine did not come to it. */
    private void removeSocket() {
        try {
            Files.deleteIfExists(setup.socket());
            var directory = setup.socket().getParent();
            if (directory != null) {
                Files.deleteIfExists(directory);
            }
        } catch (IOException e) {
            LOG.debug("{} stays behind", setup.socket(), e);
        }
    }
}
