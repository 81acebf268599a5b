package org.stationmaster.core.worker;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.DialIn;
import org.stationmaster.core.api.Listen;
import org.stationmaster.core.api.Listen.ServerTls;

/**
 * A port on which each worker process listens for stations that call in.
 *
 * @param dialIn the class of its {@link DialIn}
 * @param address with a port
 */
public record ListenSetup(
        String protocol,
        String dialIn,
        InetSocketAddress address,
        @Nullable ServerTls tls,
        boolean byCertificate,
        boolean secondReplaces) {
    /**
     * @param dialIn can be built elsewhere
     * @param address with a port
     */
    public ListenSetup(Listen listen, Class<? extends DialIn> dialIn, InetSocketAddress address) {
        this(
                listen.protocol(),
                dialIn.getName(),
                address,
                listen.tls(),
                listen.byCertificate(),
                listen.secondReplaces());
    }

    Listen listen(DialIn built) {
        return new Listen(protocol, built, address, tls, byCertificate, secondReplaces);
    }

    void write(DataOutputStream out) throws IOException {
        MessageCodec.writeText(out, protocol);
        MessageCodec.writeText(out, dialIn);
        MessageCodec.writeText(out, address.getAddress().getHostAddress());
        out.writeInt(address.getPort());
        out.writeBoolean(tls != null);
        if (tls != null) {
            writeFile(out, tls.certFile());
            writeFile(out, tls.keyFile());
            out.writeBoolean(tls.caFile() != null);
            if (tls.caFile() != null) {
                writeFile(out, tls.caFile());
            }
        }
        out.writeBoolean(byCertificate);
        out.writeBoolean(secondReplaces);
    }

    static ListenSetup read(DataInputStream in) throws IOException {
        return new ListenSetup(
                MessageCodec.readText(in),
                MessageCodec.readText(in),
                new InetSocketAddress(InetAddress.ofLiteral(MessageCodec.readText(in)), in.readInt()),
                in.readBoolean() ? readTls(in) : null,
                in.readBoolean(),
                in.readBoolean());
    }

    private static ServerTls readTls(DataInputStream in) throws IOException {
        return new ServerTls(readFile(in), readFile(in), in.readBoolean() ? readFile(in) : null);
    }

    private static void writeFile(DataOutputStream out, Path file) throws IOException {
        MessageCodec.writeText(out, file.toAbsolutePath().toString());
    }

    private static Path readFile(DataInputStream in) throws IOException {
        return Path.of(MessageCodec.readText(in));
    }
}
