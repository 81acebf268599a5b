package org.stationmaster.core.worker;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.CommandOutcome;
import org.stationmaster.core.api.DialIn.Refusal;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.MachineView.Calls;
import org.stationmaster.core.api.MachineView.SlotEvent;
import org.stationmaster.core.api.Secret;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.TappedRecord;
import org.stationmaster.core.api.Tls;
import org.stationmaster.core.api.WorkerId;

/**
 * Messages between the machine and a worker process, as bytes: a 4-byte big-endian length, one byte that says what it
 * is, then its fields in order. Both ends run the same classes, so there is no version.
 */
final class MessageCodec {
    /** The largest message, its length included: a command to a station is at most some MiB. */
    static final int LIMIT_BYTES = 64 << 20;

    static final int HEADER_BYTES = Integer.BYTES;

    private static final int ACTIVATE = 1;
    private static final int RELEASE = 2;
    private static final int PAUSE = 3;
    private static final int SEND = 4;
    private static final int FINISH = 5;
    private static final int TAP = 6;
    private static final int TAKE_CALL = 7;
    private static final int REFUSE_CALL = 8;
    private static final int HANG_UP = 9;

    private static final int IDLE = 17;
    private static final int ENDED = 18;
    private static final int REPLIED = 19;
    private static final int READY = 20;
    private static final int MOVED = 21;
    private static final int SINKS = 22;
    private static final int FINISHED = 23;
    private static final int LOST = 24;
    private static final int TAPPED = 25;
    private static final int CALLED = 26;
    private static final int COUNTED = 27;

    private static final SlotState[] SLOT_STATES = SlotState.values();
    private static final EndReason[] END_REASONS = EndReason.values();
    private static final Refusal[] REFUSALS = Refusal.values();
    private static final CommandOutcome[] OUTCOMES = CommandOutcome.values();

    private MessageCodec() {}

    private interface Body {
        void write(DataOutputStream out) throws IOException;
    }

    private interface Field<T> {
        void write(DataOutputStream out, T value) throws IOException;
    }

    private interface Reading<T> {
        T read(DataInputStream in) throws IOException;
    }

    // ---- whole messages

    /** The messages one behind the other. */
    static ByteBuffer encode(List<WorkerCommand> commands) {
        return framed(out -> {
            for (var command : commands) {
                frame(out, body -> write(body, command));
            }
        });
    }

    static ByteBuffer encode(WorkerReport report) {
        return framed(out -> frame(out, body -> write(body, report)));
    }

    /** @param body without its length */
    static WorkerCommand command(byte[] body) throws IOException {
        return whole(body, MessageCodec::readCommand);
    }

    /** @param body without its length */
    static WorkerReport report(byte[] body) throws IOException {
        return whole(body, MessageCodec::readReport);
    }

    private static ByteBuffer framed(Body body) {
        var bytes = new ByteArrayOutputStream(256);
        try {
            body.write(new DataOutputStream(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory does not fail
        }
        return ByteBuffer.wrap(bytes.toByteArray());
    }

    private static void frame(DataOutputStream out, Body body) throws IOException {
        var bytes = framed(body).array();
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static <T> T whole(byte[] body, Reading<T> reading) throws IOException {
        var in = new DataInputStream(new ByteArrayInputStream(body));
        T message;
        try {
            message = reading.read(in);
        } catch (RuntimeException e) {
            throw new StreamCorruptedException("a message does not hold what it should: " + e);
        }
        if (in.available() > 0) {
            throw new StreamCorruptedException("a message is " + in.available() + " bytes too long");
        }
        return message;
    }

    // ---- commands

    private static void write(DataOutputStream out, WorkerCommand command) throws IOException {
        switch (command) {
            case WorkerCommand.Activate(var slot, var source, var epoch, var paused, var acceptedNanos) -> {
                out.writeByte(ACTIVATE);
                out.writeInt(slot);
                write(out, source);
                out.writeLong(epoch);
                out.writeBoolean(paused);
                out.writeLong(acceptedNanos);
            }
            case WorkerCommand.Release(var slot, var epoch, var atOnce) -> {
                out.writeByte(RELEASE);
                out.writeInt(slot);
                out.writeLong(epoch);
                out.writeBoolean(atOnce);
            }
            case WorkerCommand.Pause(var slot, var epoch, var paused) -> {
                out.writeByte(PAUSE);
                out.writeInt(slot);
                out.writeLong(epoch);
                out.writeBoolean(paused);
            }
            case WorkerCommand.Send(var slot, var epoch, var number, var bytes) -> {
                out.writeByte(SEND);
                out.writeInt(slot);
                out.writeLong(epoch);
                out.writeLong(number);
                writeBytes(out, bytes);
            }
            case WorkerCommand.Tap(var sources) -> {
                out.writeByte(TAP);
                writeList(out, List.copyOf(sources), (to, source) -> writeText(to, source.value()));
            }
            case WorkerCommand.TakeCall(var call, var name) -> {
                out.writeByte(TAKE_CALL);
                out.writeLong(call);
                writeText(out, name);
            }
            case WorkerCommand.RefuseCall(var call, var why, var source) -> {
                out.writeByte(REFUSE_CALL);
                out.writeLong(call);
                out.writeByte(why.ordinal());
                writeOptional(out, source, (to, id) -> writeText(to, id.value()));
            }
            case WorkerCommand.HangUp() -> out.writeByte(HANG_UP);
            case WorkerCommand.Finish(var deadlineMillis) -> {
                out.writeByte(FINISH);
                out.writeLong(deadlineMillis);
            }
        }
    }

    private static WorkerCommand readCommand(DataInputStream in) throws IOException {
        int kind = in.readUnsignedByte();
        return switch (kind) {
            case ACTIVATE ->
                new WorkerCommand.Activate(
                        in.readInt(), readSource(in), in.readLong(), in.readBoolean(), in.readLong());
            case RELEASE -> new WorkerCommand.Release(in.readInt(), in.readLong(), in.readBoolean());
            case PAUSE -> new WorkerCommand.Pause(in.readInt(), in.readLong(), in.readBoolean());
            case SEND -> new WorkerCommand.Send(in.readInt(), in.readLong(), in.readLong(), readBytes(in));
            case TAP -> new WorkerCommand.Tap(Set.copyOf(readList(in, from -> new SourceId(readText(from)))));
            case TAKE_CALL -> new WorkerCommand.TakeCall(in.readLong(), readText(in));
            case REFUSE_CALL ->
                new WorkerCommand.RefuseCall(
                        in.readLong(),
                        REFUSALS[in.readUnsignedByte()],
                        readOptional(in, from -> new SourceId(readText(from))));
            case HANG_UP -> new WorkerCommand.HangUp();
            case FINISH -> new WorkerCommand.Finish(in.readLong());
            default -> throw new StreamCorruptedException("no command has the number " + kind);
        };
    }

    // ---- reports

    private static void write(DataOutputStream out, WorkerReport report) throws IOException {
        switch (report) {
            case WorkerReport.Idle(var slot, var epoch) -> {
                out.writeByte(IDLE);
                write(out, slot);
                out.writeLong(epoch);
            }
            case WorkerReport.Ended(var slot, var epoch, var reason, var detail) -> {
                out.writeByte(ENDED);
                write(out, slot);
                out.writeLong(epoch);
                out.writeByte(reason.ordinal());
                writeText(out, detail);
            }
            case WorkerReport.Replied(var number, var outcome, var detail) -> {
                out.writeByte(REPLIED);
                out.writeLong(number);
                out.writeByte(outcome.ordinal());
                writeText(out, detail);
            }
            case WorkerReport.Ready(var worker, var incarnation) -> {
                out.writeByte(READY);
                out.writeInt(worker.index());
                out.writeLong(incarnation);
            }
            case WorkerReport.Moved(var event) -> {
                out.writeByte(MOVED);
                write(out, event);
            }
            case WorkerReport.Tapped(var copy, var droppedBefore) -> {
                out.writeByte(TAPPED);
                writeText(out, copy.source().value());
                out.writeLong(copy.epoch());
                out.writeLong(copy.seq());
                out.writeLong(copy.eventNanos());
                out.writeLong(copy.receivedNanos());
                out.writeLong(copy.position());
                writeBytes(out, copy.payload());
                out.writeLong(droppedBefore);
            }
            case WorkerReport.Called(var worker, var call, var protocol, var greeting, var names) -> {
                out.writeByte(CALLED);
                out.writeInt(worker.index());
                out.writeLong(call);
                writeText(out, protocol);
                writeBytes(out, greeting);
                writeList(out, names, MessageCodec::writeText);
            }
            case WorkerReport.Counted(var worker, var calls) -> {
                out.writeByte(COUNTED);
                out.writeInt(worker.index());
                out.writeLong(calls.taken());
                writeList(out, List.copyOf(calls.refused().entrySet()), MessageCodec::write);
            }
            case WorkerReport.Sinks(var worker, var lanes) -> {
                out.writeByte(SINKS);
                out.writeInt(worker.index());
                writeList(out, lanes, MessageCodec::write);
            }
            case WorkerReport.Finished(var worker, var left) -> {
                out.writeByte(FINISHED);
                out.writeInt(worker.index());
                writeList(out, left, MessageCodec::writeText);
            }
            case WorkerReport.Lost(var worker, var cause) -> {
                out.writeByte(LOST);
                out.writeInt(worker.index());
                writeText(out, cause);
            }
        }
    }

    private static WorkerReport readReport(DataInputStream in) throws IOException {
        int kind = in.readUnsignedByte();
        return switch (kind) {
            case IDLE -> new WorkerReport.Idle(readSlot(in), in.readLong());
            case ENDED ->
                new WorkerReport.Ended(readSlot(in), in.readLong(), END_REASONS[in.readUnsignedByte()], readText(in));
            case REPLIED -> new WorkerReport.Replied(in.readLong(), OUTCOMES[in.readUnsignedByte()], readText(in));
            case READY -> new WorkerReport.Ready(new WorkerId(in.readInt()), in.readLong());
            case MOVED -> new WorkerReport.Moved(readEvent(in));
            case TAPPED -> new WorkerReport.Tapped(readTapped(in), in.readLong());
            case CALLED ->
                new WorkerReport.Called(
                        new WorkerId(in.readInt()),
                        in.readLong(),
                        readText(in),
                        readBytes(in),
                        readList(in, MessageCodec::readText));
            case COUNTED ->
                new WorkerReport.Counted(new WorkerId(in.readInt()), new Calls(in.readLong(), readRefused(in)));
            case SINKS -> new WorkerReport.Sinks(new WorkerId(in.readInt()), readList(in, MessageCodec::readLane));
            case FINISHED ->
                new WorkerReport.Finished(new WorkerId(in.readInt()), readList(in, MessageCodec::readText));
            case LOST -> new WorkerReport.Lost(new WorkerId(in.readInt()), readText(in));
            default -> throw new StreamCorruptedException("no report has the number " + kind);
        };
    }

    private static void write(DataOutputStream out, Map.Entry<Refusal, Long> refused) throws IOException {
        out.writeByte(refused.getKey().ordinal());
        out.writeLong(refused.getValue());
    }

    private static Map<Refusal, Long> readRefused(DataInputStream in) throws IOException {
        var refused = new EnumMap<Refusal, Long>(Refusal.class);
        int size = readLength(in);
        for (int i = 0; i < size; i++) {
            refused.put(REFUSALS[in.readUnsignedByte()], in.readLong());
        }
        return refused;
    }

    private static void write(DataOutputStream out, SlotEvent event) throws IOException {
        out.writeLong(Instant.EPOCH.until(event.at(), ChronoUnit.NANOS));
        write(out, event.slot());
        writeText(out, event.source().value());
        out.writeLong(event.epoch());
        out.writeByte(event.from().ordinal());
        out.writeByte(event.to().ordinal());
        out.writeByte(event.reason().ordinal());
        writeText(out, event.detail());
    }

    private static SlotEvent readEvent(DataInputStream in) throws IOException {
        return new SlotEvent(
                Instant.ofEpochSecond(0, in.readLong()),
                readSlot(in),
                new SourceId(readText(in)),
                in.readLong(),
                SLOT_STATES[in.readUnsignedByte()],
                SLOT_STATES[in.readUnsignedByte()],
                END_REASONS[in.readUnsignedByte()],
                readText(in));
    }

    private static void write(DataOutputStream out, Delivery.LaneStatus lane) throws IOException {
        writeText(out, lane.sink());
        out.writeLong(lane.delivered());
        out.writeLong(lane.refused());
        out.writeLong(lane.failures());
        writeText(out, lane.failure());
        out.writeLong(lane.sinceNanos());
        out.writeLong(lane.heldNanos());
    }

    private static Delivery.LaneStatus readLane(DataInputStream in) throws IOException {
        return new Delivery.LaneStatus(
                readText(in), in.readLong(), in.readLong(), in.readLong(), readText(in), in.readLong(), in.readLong());
    }

    // ---- a source

    private static void write(DataOutputStream out, Source source) throws IOException {
        writeText(out, source.id().value());
        writeText(out, source.protocol());
        writeText(out, source.host());
        out.writeInt(source.port());
        write(out, source.ratePerSecond());
        writeList(out, List.copyOf(source.groups()), MessageCodec::writeText);
        writeMap(out, source.attributes());
        out.writeBoolean(source.enabled());
        write(out, source.silenceSeconds());
        out.writeInt(source.connectTimeoutMillis());
        writeOptional(out, source.tls(), MessageCodec::write);
        writeOptional(out, source.user(), MessageCodec::writeText);
        writeOptional(out, source.password(), (to, secret) -> writeText(to, secret.reveal()));
        out.writeInt(source.frameLimitBytes());
        writeMap(out, source.options());
    }

    private static Source readSource(DataInputStream in) throws IOException {
        return new Source(
                new SourceId(readText(in)),
                readText(in),
                readText(in),
                in.readInt(),
                readNumber(in),
                readSet(in),
                readMap(in),
                in.readBoolean(),
                readNumber(in),
                in.readInt(),
                readOptional(in, MessageCodec::readTls),
                readOptional(in, MessageCodec::readText),
                readOptional(in, from -> new Secret(readText(from))),
                in.readInt(),
                readMap(in));
    }

    private static void write(DataOutputStream out, Tls tls) throws IOException {
        writeOptional(out, tls.caFile(), MessageCodec::write);
        writeOptional(out, tls.certFile(), MessageCodec::write);
        writeOptional(out, tls.keyFile(), MessageCodec::write);
        writeOptional(out, tls.serverName(), MessageCodec::writeText);
    }

    private static Tls readTls(DataInputStream in) throws IOException {
        return new Tls(
                readOptional(in, MessageCodec::readPath),
                readOptional(in, MessageCodec::readPath),
                readOptional(in, MessageCodec::readPath),
                readOptional(in, MessageCodec::readText));
    }

    // ---- fields

    private static TappedRecord readTapped(DataInputStream in) throws IOException {
        return new TappedRecord(
                new SourceId(readText(in)),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                readBytes(in));
    }

    private static void write(DataOutputStream out, SlotId slot) throws IOException {
        out.writeInt(slot.worker().index());
        out.writeInt(slot.index());
    }

    private static SlotId readSlot(DataInputStream in) throws IOException {
        return new SlotId(new WorkerId(in.readInt()), in.readInt());
    }

    private static void write(DataOutputStream out, Path path) throws IOException {
        writeText(out, path.toString());
    }

    private static Path readPath(DataInputStream in) throws IOException {
        return Path.of(readText(in));
    }

    /** NaN stands for none. */
    private static void write(DataOutputStream out, OptionalDouble number) throws IOException {
        out.writeDouble(number.orElse(Double.NaN));
    }

    private static OptionalDouble readNumber(DataInputStream in) throws IOException {
        double number = in.readDouble();
        return Double.isNaN(number) ? OptionalDouble.empty() : OptionalDouble.of(number);
    }

    static void writeText(DataOutputStream out, String text) throws IOException {
        writeBytes(out, text.getBytes(StandardCharsets.UTF_8));
    }

    static String readText(DataInputStream in) throws IOException {
        return new String(readBytes(in), StandardCharsets.UTF_8);
    }

    private static void writeBytes(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static byte[] readBytes(DataInputStream in) throws IOException {
        var bytes = new byte[readLength(in)];
        in.readFully(bytes);
        return bytes;
    }

    private static int readLength(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > LIMIT_BYTES) {
            throw new StreamCorruptedException("a length of " + length);
        }
        return length;
    }

    private static <T> void writeOptional(DataOutputStream out, @Nullable T value, Field<T> field) throws IOException {
        out.writeBoolean(value != null);
        if (value != null) {
            field.write(out, value);
        }
    }

    private static <T> @Nullable T readOptional(DataInputStream in, Reading<T> reading) throws IOException {
        return in.readBoolean() ? reading.read(in) : null;
    }

    private static <T> void writeList(DataOutputStream out, List<T> list, Field<T> field) throws IOException {
        out.writeInt(list.size());
        for (var value : list) {
            field.write(out, value);
        }
    }

    private static <T> List<T> readList(DataInputStream in, Reading<T> reading) throws IOException {
        int size = readLength(in);
        var list = new ArrayList<T>();
        for (int i = 0; i < size; i++) {
            list.add(reading.read(in));
        }
        return list;
    }

    private static Set<String> readSet(DataInputStream in) throws IOException {
        return new LinkedHashSet<>(readList(in, MessageCodec::readText));
    }

    static void writeMap(DataOutputStream out, Map<String, String> map) throws IOException {
        out.writeInt(map.size());
        for (var entry : map.entrySet()) {
            writeText(out, entry.getKey());
            writeText(out, entry.getValue());
        }
    }

    static Map<String, String> readMap(DataInputStream in) throws IOException {
        int size = readLength(in);
        var map = new LinkedHashMap<String, String>();
        for (int i = 0; i < size; i++) {
            map.put(readText(in), readText(in));
        }
        return map;
    }
}
