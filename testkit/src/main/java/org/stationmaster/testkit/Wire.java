package org.stationmaster.testkit;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/** How records and commands stand on the wire. Stateless. */
sealed interface Wire permits FrameWire, LineWire, ListeningWire, NtripWire {
    /** The longest hello or command taken. */
    int LIMIT_BYTES = 64 * 1024;

    /** {@link #next} found no whole message. */
    int NEED_MORE = -1;

    /** {@link #next} found a message over {@link #LIMIT_BYTES}. */
    int TOO_LONG = -2;

    /** @throws IllegalArgumentException no network of this protocol can be simulated */
    static Wire of(String protocol) {
        return switch (protocol) {
            case FrameWire.PROTOCOL -> new FrameWire();
            case LineWire.PROTOCOL -> new LineWire();
            case Rtcm3Wire.PROTOCOL -> new Rtcm3Wire();
            case NmeaWire.PROTOCOL -> new NmeaWire();
            case TsipWire.PROTOCOL -> new TsipWire();
            case GsofWire.PROTOCOL -> new GsofWire();
            case NtripWire.PROTOCOL -> new NtripWire();
            default ->
                throw new IllegalArgumentException("protocol '" + protocol + "' cannot be simulated: give "
                        + "tcp-frames, tcp-lines, seedlink, rtcm3, ntrip, nmea, tsip or gsof");
        };
    }

    /** Whether the machine says which station it wants, and sends commands; false: a port serves one station. */
    boolean hasHello();

    /** The protocol's own keys of a station in the station file. */
    default Map<String, String> options(NetworkPlan plan, String id) {
        return hasHello()
                ? Map.of("hello", String.valueOf(plan.hello()), "duplex", String.valueOf(plan.duplex()))
                : Map.of();
    }

    /** The id of the station that a hello asks for; empty: none that could be here. */
    default String asked(String hello) {
        return hello.endsWith("\r") ? hello.substring(0, hello.length() - 1) : hello;
    }

    /** What is said to a hello in front of the records; empty: nothing. */
    default String welcome(String hello) {
        return "";
    }

    /** What is said to a hello that asks for no station that is here, before the connection is closed; empty: nothing. */
    default String refusal(String hello, List<String> ids) {
        return "";
    }

    /** What is said in place of the records while connects are refused; empty: nothing, the connection is reset. */
    default String busy() {
        return "";
    }

    /** Whether the records go out in chunks of HTTP. */
    default boolean isChunked(String hello) {
        return false;
    }

    /** Whether a command is answered by a record. */
    default boolean answersCommands() {
        return true;
    }

    /** What a station says first when it calls in; empty: it cannot. */
    default byte[] greeting(String id) {
        return new byte[0];
    }

    /** Whether a station that has called in waits for an answer, a message, before it sends. */
    default boolean awaitsAnswer() {
        return false;
    }

    /** Whether that is the answer which lets it send. */
    default boolean isTaken(String answer) {
        return true;
    }

    /** The largest payload. */
    int maxSizeBytes();

    /** Bytes in front of each payload. */
    int headBytes();

    /** Bytes behind each message received. */
    int tailBytes();

    /**
     * Completes a record whose payload stands behind {@link #headBytes}, up to {@code length}; what stands behind the payload
     * takes the place of its end.
     *
     * @param epochNanos now, nanoseconds since 1970 UTC
     */
    void complete(byte[] record, int length, long epochNanos);

    /**
     * Looks for a message at the position, and moves the position to the beginning of its text.
     *
     * @return the length of the text, {@link #NEED_MORE} or {@link #TOO_LONG}
     */
    int next(ByteBuffer in);

    /** Random bytes that are no record of a station, nor the beginning of one, at most 201. */
    byte[] garbage(long random);

    /** Whether nothing can be decoded behind garbage. */
    boolean isLostAfterGarbage();

    /**
     * Where the records in a recording end. What lies between two of them goes out with the second, what lies behind the
     * last one with that.
     *
     * @param file position to limit; not moved
     * @return the index behind each record, with its framing
     * @throws IllegalArgumentException the bytes are no recording of this kind; names the offset
     */
    int[] recordEnds(ByteBuffer file);
}
