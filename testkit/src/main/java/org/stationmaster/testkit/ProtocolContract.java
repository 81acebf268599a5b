package org.stationmaster.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.CommandOutcome;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Source;

/**
 * What every protocol of sessions ({@link org.stationmaster.core.api.Task.Events}) must do. Extend it and say what the
 * protocol is and what its bytes look like; the tests drive real sessions, without a machine or a socket.
 *
 * <p>A test that hangs fails after 30 s: a decoder must not spin, whatever it is given.
 */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class ProtocolContract {
    private static final int GARBAGE_ROUNDS = 1000;
    private static final int MAX_GARBAGE_BYTES = 4096;

    /** How a corrupt sample must end. */
    public enum Expected {
        /** The session counts it and goes on: the good bytes that follow give their records. */
        COUNTED,
        /** The session ends with {@link EndReason#CORRUPT}. */
        ENDED
    }

    /**
     * Bytes that are no record.
     *
     * @param name for people
     * @param bytes given before good bytes
     * @param expected what must become of them
     */
    @SuppressWarnings("ArrayRecordComponent") // a sample, never compared
    public record Corrupt(String name, byte[] bytes, Expected expected) {}

    /** The protocol under test. */
    protected abstract Protocol protocol();

    /** A source of it, without hello and not duplex. */
    protected abstract Source source();

    /** Some records as they stand on the wire, at least three; up to a few kilobytes. */
    protected abstract byte[] encoded();

    /** The payloads of {@link #encoded}. */
    protected abstract List<byte[]> payloads();

    /** Samples of what is no record. */
    protected abstract List<Corrupt> corrupt();

    /** The most bytes that a session of {@link #source} may leave unread: its frame limit and the framing. */
    protected abstract long unreadLimitBytes();

    /** A record that is over the limit of {@link #source}, whole; null: the protocol's frames cannot be too long. */
    protected abstract byte @Nullable [] overLimit();

    /** What a session of {@link #source} writes first, by itself. */
    protected byte[] opening() {
        return new byte[0];
    }

    /** The same as {@link #source}, with hello; null: the protocol has none. */
    protected @Nullable Source helloSource() {
        return null;
    }

    /** What a session of {@link #helloSource} writes first. */
    protected byte[] hello() {
        return new byte[0];
    }

    /** The same as {@link #source}, duplex; null: the protocol takes no commands. */
    protected @Nullable Source duplexSource() {
        return null;
    }

    /** {@link #command} as it stands on the wire. */
    protected byte[] encodedCommand() {
        return new byte[0];
    }

    /** A command that the protocol can carry. */
    protected byte[] command() {
        return new byte[] {'p', 'i', 'n', 'g'};
    }

    private Conversation open() {
        return new Conversation(protocol(), source(), unreadLimitBytes());
    }

    private void assertAll(Conversation conversation) {
        assertThat(conversation.slot().payloads()).containsExactlyElementsOf(payloads());
        assertThat(conversation.slot().corruptBytes()).isZero();
        assertThat(conversation.unreadBytes()).isZero();
    }

    @Test
    public void aWholeRecordingInOneBufferGivesItsRecords() throws ProtocolException {
        assertThat(payloads()).hasSizeGreaterThanOrEqualTo(3);
        var conversation = open();
        conversation.feed(encoded());
        assertAll(conversation);
    }

    @Test
    public void everySplitGivesTheSameRecords() throws ProtocolException {
        var bytes = encoded();
        for (int split = 0; split <= bytes.length; split++) {
            var conversation = open();
            conversation.feed(bytes, 0, split);
            conversation.feed(bytes, split, bytes.length);
            assertAll(conversation);
        }
    }

    @Test
    public void byteByByteGivesTheSameRecords() throws ProtocolException {
        var bytes = encoded();
        var conversation = open();
        for (int i = 0; i < bytes.length; i++) {
            conversation.feed(bytes, i, i + 1);
        }
        assertAll(conversation);
    }

    @Test
    public void aRecordIsEmittedAsSoonAsItIsWhole() throws ProtocolException {
        var bytes = encoded();
        var conversation = open();
        conversation.feed(bytes, 0, bytes.length - 1);
        assertThat(conversation.slot().payloads())
                .containsExactlyElementsOf(payloads().subList(0, payloads().size() - 1));
    }

    @Test
    public void noBytesAreNoRecord() throws ProtocolException {
        var conversation = open();
        conversation.feed(new byte[0]);
        conversation.end();
        assertThat(conversation.slot().payloads()).isEmpty();
        assertThat(conversation.slot().corruptBytes()).isZero();
        assertThat(conversation.connection().written()).isEqualTo(opening());
    }

    @Test
    public void anEndBetweenRecordsIsNotTold() throws ProtocolException {
        var conversation = open();
        conversation.feed(encoded());
        conversation.end();
        assertAll(conversation);
    }

    @Test
    public void anEndInsideARecordIsTold() throws ProtocolException {
        var bytes = encoded();
        var conversation = open();
        conversation.feed(bytes, 0, bytes.length - 1);
        conversation.end();
        assertThat(conversation.slot().payloads()).hasSize(payloads().size() - 1);
        assertThat(conversation.slot().corruptBytes()).isPositive();
        assertThat(conversation.slot().corruptions()).isNotEmpty();
    }

    @Test
    public void corruptBytesAreCountedOrEndTheConversation() throws ProtocolException {
        for (var sample : corrupt()) {
            var conversation = open();
            switch (sample.expected()) {
                case COUNTED -> {
                    conversation.feed(sample.bytes());
                    conversation.feed(encoded());
                    assertThat(conversation.slot().corruptBytes())
                            .as(sample.name())
                            .isPositive();
                    assertThat(conversation.slot().payloads()).as(sample.name()).containsExactlyElementsOf(payloads());
                }
                case ENDED -> assertEnds(conversation, sample.name(), sample.bytes());
            }
        }
    }

    private void assertEnds(Conversation conversation, String name, byte[] bytes) {
        var end = catchThrowableOfType(ProtocolException.class, () -> {
            conversation.feed(bytes);
            conversation.feed(encoded());
        });
        assertThat(end).as(name).isNotNull();
        assertThat(end.reason()).as(name).isEqualTo(EndReason.CORRUPT);
        assertThat(end).as(name).hasMessageMatching("(?s).+");
        assertThat(conversation.slot().payloads()).as(name).isEmpty();
    }

    @Test
    public void aRecordOverTheLimitIsNoRecord() {
        var tooLong = overLimit();
        if (tooLong == null) {
            return;
        }
        for (int piece : new int[] {tooLong.length, 1000}) {
            var conversation = open();
            boolean ended = false;
            try {
                for (int at = 0; at < tooLong.length; at += piece) {
                    conversation.feed(tooLong, at, Math.min(tooLong.length, at + piece));
                }
                conversation.feed(encoded());
            } catch (ProtocolException e) {
                assertThat(e.reason()).isEqualTo(EndReason.CORRUPT);
                ended = true;
            }
            assertThat(conversation.slot().payloads()).containsExactlyElementsOf(ended ? List.of() : payloads());
            assertThat(ended || conversation.slot().corruptBytes() > 0)
                    .as("a record over the limit is counted, or ends the conversation")
                    .isTrue();
        }
    }

    @Test
    public void garbageNeverLoopsAndNeverGrows() {
        for (int round = 0; round < GARBAGE_ROUNDS; round++) {
            var random = new SplittableRandom(round);
            var bytes = new byte[random.nextInt(1, MAX_GARBAGE_BYTES)];
            random.nextBytes(bytes);
            if (random.nextBoolean()) {
                // good bytes with a few bad ones go deeper than noise
                bytes = Arrays.copyOf(encoded(), encoded().length);
                for (int i = random.nextInt(1, 8); i > 0; i--) {
                    bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
                }
            }
            survive(bytes, random);
        }
    }

    private void survive(byte[] bytes, SplittableRandom random) {
        var conversation = open();
        try {
            for (int at = 0; at < bytes.length; ) {
                int next = Math.min(bytes.length, at + random.nextInt(1, 512));
                conversation.feed(bytes, at, next);
                at = next;
            }
        } catch (ProtocolException e) {
            assertThat(e.reason()).isEqualTo(EndReason.CORRUPT);
        }
        conversation.end();
        long emitted =
                conversation.slot().payloads().stream().mapToLong(p -> p.length).sum();
        assertThat(emitted).as("no more comes out than went in").isLessThanOrEqualTo(bytes.length);
    }

    @Test
    public void theHelloIsWrittenFirst() {
        var source = helloSource();
        assertThat(open().connection().written()).isEqualTo(opening());
        if (source != null) {
            var conversation = new Conversation(protocol(), source, unreadLimitBytes());
            assertThat(conversation.connection().written()).isEqualTo(hello());
        }
    }

    @Test
    public void aCommandIsWrittenWhenTheSourceIsDuplex() {
        var source = duplexSource();
        if (source == null) {
            return;
        }
        var conversation = new Conversation(protocol(), source, unreadLimitBytes());
        var reply = conversation.command(command());
        assertThat(conversation.connection().written()).isEqualTo(encodedCommand());
        assertThat(reply.outcome()).isEqualTo(CommandOutcome.ACKNOWLEDGED);
        assertThat(reply.answers()).isEqualTo(1);
    }

    @Test
    public void aCommandIsNotAcknowledgedBeforeItIsWritten() {
        var source = duplexSource();
        if (source == null) {
            return;
        }
        var conversation = new Conversation(protocol(), source, unreadLimitBytes());
        conversation.connection().breakOff();
        assertThat(conversation.command(command()).outcome()).isEqualTo(CommandOutcome.NOT_CONNECTED);
    }

    @Test
    public void aCommandToAUnidirectionalSourceIsRefused() {
        var conversation = open();
        var reply = conversation.command(command());
        assertThat(conversation.connection().written()).isEqualTo(opening());
        assertThat(reply.outcome()).isEqualTo(CommandOutcome.UNIDIRECTIONAL);
        assertThat(reply.detail()).isNotEmpty();
        assertThat(reply.answers()).isEqualTo(1);
    }

    @Test
    public void outputOfAReleasedSlotIsNotSwallowed() {
        var conversation = open();
        conversation.slot().release();
        assertThatThrownBy(() -> conversation.feed(encoded()))
                .isInstanceOf(org.stationmaster.core.api.SlotReleasedException.class);
    }
}
