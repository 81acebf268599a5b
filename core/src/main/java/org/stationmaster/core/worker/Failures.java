package org.stationmaster.core.worker;

import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.NotSslRecordException;
import java.io.EOFException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.SlotReleasedException;
import org.stationmaster.core.api.Text;

/** Sorts exceptions into the reasons a connection can end with; by type, never by text. */
final class Failures {
    private static final int DETAIL_LIMIT = 200;

    /** What Netty's native transport puts in front of the system's words. */
    private static final Pattern NATIVE_CALL =
            Pattern.compile("^\\w+\\(\\.\\.\\) failed(?: with error\\(-?\\d+\\))?: ");

    /** In {@code NAME/ADDRESS:PORT}, where there is no name or it is the address. */
    private static final Pattern NO_NAME = Pattern.compile("(?<=: )(?:(\\S+)/(?=\\1:\\d)|/)");

    private Failures() {}

    static EndReason reason(Throwable cause) {
        return switch (unwrapped(cause)) {
            case ProtocolException e -> e.reason();
            case EOFException _ -> EndReason.ENDED;
            case SocketTimeoutException _ -> EndReason.CONNECT_TIMEOUT;
            case ConnectException _, NoRouteToHostException _, UnknownHostException _, UnresolvedAddressException _ ->
                EndReason.UNREACHABLE;
            case SSLException _ -> EndReason.TLS;
            case java.io.IOException _ -> EndReason.RESET;
            case InterruptedException _, SlotReleasedException _ -> EndReason.TOLD;
            default -> EndReason.TASK_FAILED;
        };
    }

    /** One line for people. */
    static String describe(Throwable failure) {
        var cause = unwrapped(failure);
        var message = cause.getMessage();
        var type = cause.getClass().getSimpleName();
        var text = switch (cause) {
            case UnknownHostException _ -> "no address is known for " + message;
            case NotSslRecordException _ -> "it does not speak TLS"; // its message holds what came: a password perhaps
            case NoRouteToHostException _ when message != null -> connectMessage(message, "no route to the host: ");
            case ConnectException _ when message != null -> connectMessage(message, "the connect failed: ");
            case java.io.IOException _
            when message != null -> NATIVE_CALL.matcher(message).replaceFirst("");
            default -> message == null ? type : type + ": " + message;
        };
        return Text.shorten(text, DETAIL_LIMIT);
    }

    /** Netty's decoders, TLS among them, wrap what fails. */
    private static Throwable unwrapped(Throwable failure) {
        var inner = failure instanceof DecoderException ? failure.getCause() : null;
        return inner == null ? failure : inner;
    }

    /** @param silent what to say when the system's words are missing */
    private static String connectMessage(String message, String silent) {
        var words =
                NO_NAME.matcher(NATIVE_CALL.matcher(message).replaceFirst("")).replaceFirst("");
        return words.startsWith("null: ") ? silent + words.substring("null: ".length()) : words;
    }
}
