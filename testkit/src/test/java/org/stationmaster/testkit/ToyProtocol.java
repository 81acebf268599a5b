package org.stationmaster.testkit;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.stationmaster.core.api.CommandOutcome;
import org.stationmaster.core.api.CommandReply;
import org.stationmaster.core.api.Connection;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Session;
import org.stationmaster.core.api.Slot;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Task;

/** One byte of length, 1 to 200, then that many bytes. A zero is skipped as corrupt, more than 200 is the end. */
final class ToyProtocol implements Protocol {
    static final int MAX_LENGTH = 200;

    /** What is wrong with it, to show that the suite finds it. */
    enum Flaw {
        NONE,
        FORGETS_HALF_FRAMES,
        HOLDS_BACK_ONE,
        READS_TOO_FAR,
        SWALLOWS_CORRUPT,
        SPINS_ON_ZERO,
        GROWS,
        KEEPS_A_VIEW,
        SILENT_ABOUT_TORN,
        NO_HELLO,
        ACKNOWLEDGES_BLINDLY,
        SWALLOWS_RELEASE
    }

    private final Flaw flaw;

    ToyProtocol(Flaw flaw) {
        this.flaw = flaw;
    }

    static Source source(boolean hello, boolean duplex) {
        return Source.builder("TOY", "toy", "localhost", 1)
                .option("hello", String.valueOf(hello))
                .option("duplex", String.valueOf(duplex))
                .build();
    }

    static byte[] encode(byte[] payload) {
        var out = new ByteArrayOutputStream();
        out.write(payload.length);
        out.writeBytes(payload);
        return out.toByteArray();
    }

    @Override
    public String name() {
        return "toy";
    }

    @Override
    public List<Option> options() {
        return List.of();
    }

    @Override
    public ArchiveForm archiveForm() {
        return new ArchiveForm.Daily("toy", ArchiveForm.Framing.LENGTH_PREFIXED);
    }

    @Override
    public Task taskFor(Source source) {
        return Task.events((slot, connection) -> new Toy(slot, connection, flaw));
    }

    private static final class Toy implements Session {
        private final Slot slot;
        private final Connection connection;
        private final Flaw flaw;
        private final List<ByteBuffer> heldBack = new ArrayList<>();

        Toy(Slot slot, Connection connection, Flaw flaw) {
            this.slot = slot;
            this.connection = connection;
            this.flaw = flaw;
            if (slot.source().isOn("hello") && flaw != Flaw.NO_HELLO) {
                connection.write(ByteBuffer.wrap(
                        encode(slot.source().id().value().getBytes(java.nio.charset.StandardCharsets.US_ASCII))));
            }
        }

        @Override
        public void onBytes(ByteBuffer bytes) throws ProtocolException {
            if (flaw == Flaw.GROWS && bytes.remaining() < 100_000) {
                return;
            }
            while (bytes.hasRemaining()) {
                int length = bytes.get(bytes.position()) & 0xFF;
                if (length == 0) {
                    skip(bytes);
                } else if (length > MAX_LENGTH) {
                    throw new ProtocolException(EndReason.CORRUPT, "length " + length);
                } else if (bytes.remaining() <= length) {
                    if (flaw == Flaw.FORGETS_HALF_FRAMES) {
                        bytes.position(bytes.limit());
                    }
                    return;
                } else {
                    emit(bytes.slice(bytes.position() + 1, length));
                    bytes.position(bytes.position() + 1 + length);
                }
            }
        }

        private void skip(ByteBuffer bytes) {
            if (flaw != Flaw.SPINS_ON_ZERO) {
                bytes.get();
            }
            if (flaw != Flaw.SWALLOWS_CORRUPT) {
                slot.corrupt(1, "a zero");
            }
        }

        private void emit(ByteBuffer payload) {
            switch (flaw) {
                case HOLDS_BACK_ONE, KEEPS_A_VIEW -> {
                    heldBack.add(payload);
                    if (heldBack.size() > 1) {
                        slot.emit(heldBack.removeFirst());
                    }
                }
                case READS_TOO_FAR -> slot.emit(payload.limit(payload.limit() - 1));
                case SWALLOWS_RELEASE -> {
                    if (slot.isActive()) {
                        slot.emit(payload);
                    }
                }
                default -> slot.emit(payload);
            }
        }

        @Override
        public void onCommand(byte[] command, CommandReply reply) {
            if (flaw == Flaw.ACKNOWLEDGES_BLINDLY) {
                connection.write(ByteBuffer.wrap(encode(command)));
                reply.acknowledge();
            } else if (slot.source().isOn("duplex")) {
                connection.write(ByteBuffer.wrap(encode(command)), reply);
            } else {
                reply.refuse(CommandOutcome.UNIDIRECTIONAL, "not duplex");
            }
        }

        @Override
        public void onEnd(int leftBytes) {
            if (leftBytes > 0 && flaw != Flaw.SILENT_ABOUT_TORN) {
                slot.corrupt(leftBytes, "torn");
            }
        }
    }
}
