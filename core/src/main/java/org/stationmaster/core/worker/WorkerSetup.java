package org.stationmaster.core.worker;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.core.worker.ProcessPlan.SinkSetup;

/**
 * What a worker process is told at its start, over its standard input, where no other user of the host sees it.
 *
 * @param incarnation which of the processes in this place it is; counts up
 * @param bootNanos of the machine, as in its state table
 * @param socket where the machine listens for its workers
 * @param descriptors how many its process may have open at once
 * @param scheduler the class of the machine's {@code TaskScheduler}
 * @param outletLimitBytes 0: derived from the heap
 */
record WorkerSetup(
        WorkerId id,
        long incarnation,
        MachineSize size,
        Path stateFile,
        long bootNanos,
        Path socket,
        int descriptors,
        String scheduler,
        List<SinkSetup> sinks,
        List<ListenSetup> listens,
        double connectsPerSecond,
        double loopbackConnectsPerSecond,
        long outletLimitBytes) {

    void write(OutputStream to) throws IOException {
        var out = new DataOutputStream(to);
        out.writeInt(id.index());
        out.writeLong(incarnation);
        out.writeInt(size.workers());
        out.writeInt(size.slots());
        MessageCodec.writeText(out, stateFile.toString());
        out.writeLong(bootNanos);
        MessageCodec.writeText(out, socket.toString());
        out.writeInt(descriptors);
        MessageCodec.writeText(out, scheduler);
        out.writeInt(sinks.size());
        for (var sink : sinks) {
            MessageCodec.writeText(out, sink.factory());
            MessageCodec.writeMap(out, sink.settings());
        }
        out.writeInt(listens.size());
        for (var listen : listens) {
            listen.write(out);
        }
        out.writeDouble(connectsPerSecond);
        out.writeDouble(loopbackConnectsPerSecond);
        out.writeLong(outletLimitBytes);
        out.flush();
    }

    static WorkerSetup read(InputStream from) throws IOException {
        var in = new DataInputStream(from);
        return new WorkerSetup(
                new WorkerId(in.readInt()),
                in.readLong(),
                new MachineSize(in.readInt(), in.readInt()),
                Path.of(MessageCodec.readText(in)),
                in.readLong(),
                Path.of(MessageCodec.readText(in)),
                in.readInt(),
                MessageCodec.readText(in),
                readSinks(in),
                readListens(in),
                in.readDouble(),
                in.readDouble(),
                in.readLong());
    }

    private static List<ListenSetup> readListens(DataInputStream in) throws IOException {
        int count = in.readInt();
        var listens = new ArrayList<ListenSetup>();
        for (int i = 0; i < count; i++) {
            listens.add(ListenSetup.read(in));
        }
        return listens;
    }

    private static List<SinkSetup> readSinks(DataInputStream in) throws IOException {
        int count = in.readInt();
        var sinks = new ArrayList<SinkSetup>();
        for (int i = 0; i < count; i++) {
            sinks.add(new SinkSetup(MessageCodec.readText(in), MessageCodec.readMap(in)));
        }
        return sinks;
    }
}
