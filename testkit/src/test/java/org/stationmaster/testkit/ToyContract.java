package org.stationmaster.testkit;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.core.api.Source;

/** The protocol suite over the toy protocol, right or wrong. */
class ToyContract extends ProtocolContract {
    private final ToyProtocol.Flaw flaw;

    ToyContract(ToyProtocol.Flaw flaw) {
        this.flaw = flaw;
    }

    @Override
    protected Protocol protocol() {
        return new ToyProtocol(flaw);
    }

    @Override
    protected Source source() {
        return ToyProtocol.source(false, false);
    }

    @Override
    protected Source helloSource() {
        return ToyProtocol.source(true, false);
    }

    @Override
    protected byte[] hello() {
        return ToyProtocol.encode("TOY".getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    protected Source duplexSource() {
        return ToyProtocol.source(false, true);
    }

    @Override
    protected byte[] encodedCommand() {
        return ToyProtocol.encode(command());
    }

    @Override
    protected byte[] encoded() {
        var out = new ByteArrayOutputStream();
        payloads().forEach(payload -> out.writeBytes(ToyProtocol.encode(payload)));
        return out.toByteArray();
    }

    @Override
    protected List<byte[]> payloads() {
        return List.of(new byte[] {1}, "second".getBytes(StandardCharsets.US_ASCII), new byte[199], new byte[] {4, 5});
    }

    @Override
    protected List<Corrupt> corrupt() {
        return List.of(
                new Corrupt("a zero", new byte[] {0}, Expected.COUNTED),
                new Corrupt("a length too large", new byte[] {(byte) 201}, Expected.ENDED));
    }

    @Override
    protected long unreadLimitBytes() {
        return ToyProtocol.MAX_LENGTH + 1;
    }

    @Override
    protected byte[] overLimit() {
        return ToyProtocol.encode(new byte[201]);
    }
}
