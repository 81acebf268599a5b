package org.stationmaster.stations;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Discovery;
import org.stationmaster.core.api.Link;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.Text;

/**
 * Asks a caster for its sourcetable. Streams of RTCM 3 become sources; others are named, but not enabled. A stream that wants our
 * position gets the one that the caster tells of it.
 */
final class NtripDiscovery implements Discovery {
    private static final int BUFFER_BYTES = 64 * 1024;
    private static final int REMARK_CHARACTERS = 100;

    /** A sourcetable tells no rate that could be relied on; streams that are slower than this are rare. */
    private static final int SILENCE_SECONDS = 60;

    /** {@code BRUX00BEL0}: the station as RINEX names it, and the number of its stream. */
    private static final Pattern LONG_NAME = Pattern.compile("([A-Z0-9]{4}[0-9]{2}[A-Z]{3})[0-9]");

    private static final Pattern DEGREES = Pattern.compile("-?[0-9]{1,3}(\\.[0-9]{1,8})?");

    @Override
    public List<Found> discover(Source server) throws IOException {
        var table = ask(server, true);
        if (table == null) {
            table = ask(server, false);
        }
        if (table == null) {
            throw new IOException("the caster understands neither version 2 nor version 1 of NTRIP");
        }
        return found(server, table);
    }

    /** Null: the caster does not understand this version. */
    private static @Nullable NtripTable ask(Source server, boolean isVersion2) throws IOException {
        try (var link = Link.open(server)) {
            link.write(NtripTask.request(server, "", isVersion2, null).getBytes(US_ASCII));
            return read(link, NtripTask.answer(server, ""));
        } catch (ProtocolException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static @Nullable NtripTable read(Link link, NtripAnswer answer) throws IOException, ProtocolException {
        var bytes = ByteBuffer.allocate(BUFFER_BYTES).flip();
        var kind = NtripAnswer.Kind.NEED_MORE;
        while (kind == NtripAnswer.Kind.NEED_MORE) {
            if (!fill(link, bytes)) {
                return null;
            }
            kind = answer.read(bytes);
        }
        switch (kind) {
            case STREAM, TABLE, NEED_MORE -> {}
            case NOT_UNDERSTOOD -> {
                return null;
            }
            case REFUSED, NONE -> throw new IOException(answer.why());
        }
        var table = new NtripTable();
        var chunks = answer.isChunked() ? new NtripChunks() : null;
        boolean goesOn = take(bytes, chunks, table);
        while (goesOn && fill(link, bytes)) {
            goesOn = take(bytes, chunks, table);
        }
        if (!table.excess().isEmpty()) {
            throw new IOException("the caster's sourcetable has " + table.excess() + ": no more is read");
        }
        if (!table.hasEnded()) {
            throw new IOException(
                    "the caster's sourcetable has no end: " + table.streams().size() + " streams were read");
        }
        return table;
    }

    /** False: the connection has ended. */
    private static boolean fill(Link link, ByteBuffer bytes) throws IOException {
        bytes.compact();
        try {
            int count = link.read(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
            bytes.position(bytes.position() + count);
            return true;
        } catch (EOFException _) {
            return false;
        } finally {
            bytes.flip();
        }
    }

    private static boolean take(ByteBuffer bytes, @Nullable NtripChunks chunks, NtripTable table)
            throws ProtocolException {
        if (chunks == null) {
            return table.take(bytes);
        }
        int length = chunks.next(bytes);
        while (length > 0) {
            var piece = bytes.slice(bytes.position(), length);
            bytes.position(bytes.position() + length);
            chunks.took(length);
            if (!table.take(piece)) {
                return false;
            }
            length = chunks.next(bytes);
        }
        return length != NtripChunks.ENDED;
    }

    // ---- sources

    private static List<Found> found(Source server, NtripTable table) throws IOException {
        var found = new ArrayList<Found>();
        var mountpoints = new HashSet<String>();
        var taken = new HashMap<String, Integer>();
        for (var stream : table.streams()) {
            if (Ntrip.isMountpoint(stream.mountpoint()) && mountpoints.add(stream.mountpoint())) {
                found.add(new Found(source(server, stream, id(stream.mountpoint(), taken)), remark(stream)));
            }
        }
        if (found.isEmpty()) {
            throw new IOException("the caster's sourcetable has no stream whose mountpoint can be asked for");
        }
        return found;
    }

    /**
     * The mountpoint as far as an id can be it.
     *
     * @param taken the ids, and the last number that was put behind each
     */
    private static String id(String mountpoint, Map<String, Integer> taken) {
        var name = mountpoint.replaceAll("[^A-Za-z0-9._-]", "_").replaceFirst("^[^A-Za-z0-9]", "M$0");
        var wanted = name.substring(0, Math.min(name.length(), SourceId.MAX_LENGTH - 8));
        var id = wanted;
        while (taken.putIfAbsent(id, 1) != null) {
            id = wanted + '-' + taken.merge(wanted, 1, Integer::sum);
        }
        return id;
    }

    private static Source source(Source server, NtripTable.Stream stream, String id) {
        var builder = Source.builder(id, Ntrip.NAME, server.host(), server.port())
                .option(Ntrip.MOUNTPOINT, stream.mountpoint())
                .silenceSeconds(SILENCE_SECONDS)
                .enabled(isRtcm3(stream));
        var site = LONG_NAME.matcher(stream.mountpoint());
        if (site.matches()) {
            builder.attribute(org.stationmaster.core.api.Protocol.ArchiveForm.Hourly.SITE, site.group(1));
        }
        if (stream.wantsPosition()
                && DEGREES.matcher(stream.latitude()).matches()
                && DEGREES.matcher(stream.longitude()).matches()) {
            double latitude = Double.parseDouble(stream.latitude());
            double longitude = Double.parseDouble(stream.longitude());
            longitude = longitude > 180 ? longitude - 360 : longitude;
            if (Gga.isPlace(latitude, longitude, 0)) {
                builder.option(Ntrip.GGA_LATITUDE, Double.toString(latitude))
                        .option(Ntrip.GGA_LONGITUDE, Double.toString(longitude));
            }
        }
        var tls = server.tls();
        if (tls != null) {
            builder.tls(tls);
        }
        return builder.build();
    }

    private static boolean isRtcm3(NtripTable.Stream stream) {
        return stream.format().toUpperCase(Locale.ROOT).replace(" ", "").matches("RTCM(3.*|SM.*|)");
    }

    private static String remark(NtripTable.Stream stream) {
        var words = new ArrayList<String>();
        words.add(stream.identifier());
        words.add(stream.format());
        words.add(stream.systems());
        words.add(stream.country());
        words.add(stream.authentication().matches("[BD]") ? "with a login" : "");
        words.add(stream.wantsPosition() ? "wants your position" : "");
        words.add(isRtcm3(stream) ? "" : "no RTCM 3");
        words.removeIf(String::isBlank);
        return Text.shorten(String.join(", ", words), REMARK_CHARACTERS);
    }
}
