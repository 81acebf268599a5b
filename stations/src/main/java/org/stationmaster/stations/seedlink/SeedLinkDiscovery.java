package org.stationmaster.stations.seedlink;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Discovery;
import org.stationmaster.core.api.Link;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Text;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.json.JsonFactory;

/**
 * Asks a SeedLink server for its stations and streams by INFO STREAMS: XML in version 3, which is preferred since every
 * server of today has it, JSON in version 4.
 */
final class SeedLinkDiscovery implements Discovery {
    private static final int ANSWER_LIMIT_BYTES = 64 << 20;
    private static final int LINE_LIMIT_BYTES = 4096;
    private static final int MOST_STREAMS_SHOWN = 24;

    /** INFO tells no rates; a station with a channel of 20 samples a second sends a record each 20 s or so. */
    private static final int SILENCE_SECONDS = 60;

    private static final Pattern CODE = Pattern.compile("[A-Z0-9]{1,8}");
    private static final Pattern STREAM = Pattern.compile("[A-Za-z0-9_-]{1,32}");

    @Override
    public List<Found> discover(Source server) throws IOException {
        try (var link = Link.open(server)) {
            say(link, "HELLO");
            var hello = line(link);
            if (!hello.toLowerCase(java.util.Locale.ROOT).startsWith("seedlink")) {
                throw new IOException("no SeedLink server: it says '" + Text.shorten(hello, 120) + "' to HELLO");
            }
            var _ = line(link); // whose it is
            boolean hasVersion4 = hello.contains("SLPROTO:4.");
            boolean hasVersion3 = !hasVersion4 || hello.contains("SLPROTO:3.");
            var user = server.user();
            var password = server.password();
            boolean isVersion3 = hasVersion3 && user == null;
            if (!isVersion3) {
                require(link, "SLPROTO 4.0");
                if (user != null && password != null) {
                    require(link, "AUTH USERPASS " + user + ' ' + password.reveal());
                }
            }
            say(link, "INFO STREAMS");
            return found(server, isVersion3 ? answer3(link) : answer4(link), isVersion3);
        }
    }

    private static void say(Link link, String command) throws IOException {
        link.write((command + "\r\n").getBytes(US_ASCII));
    }

    private static void require(Link link, String command) throws IOException {
        say(link, command);
        var answer = line(link);
        if (!answer.startsWith("OK")) {
            var shown = command.startsWith("AUTH") ? "the login" : command;
            throw new IOException("the server refuses " + shown + " with '" + Text.shorten(answer, 120) + "'");
        }
    }

    private static String line(Link link) throws IOException {
        var line = new ByteArrayOutputStream();
        while (line.size() <= LINE_LIMIT_BYTES) {
            int b = readFully(link, 1)[0];
            if (b == '\n') {
                return line.toString(UTF_8).stripTrailing();
            }
            line.write(b);
        }
        throw new IOException("a line of more than " + LINE_LIMIT_BYTES + " bytes: no SeedLink server");
    }

    private static byte[] readFully(Link link, int count) throws IOException {
        var bytes = new byte[count];
        for (int at = 0; at < count; ) {
            at += link.read(bytes, at, count - at);
        }
        return bytes;
    }

    // ---- answers

    /** The text in the log records behind {@code SLINFO *}, up to the one behind {@code SLINFO  }. */
    private static byte[] answer3(Link link) throws IOException {
        var text = new ByteArrayOutputStream();
        while (text.size() < ANSWER_LIMIT_BYTES) {
            var head = new String(readFully(link, SeedLinkDecoder.HEADER_3_BYTES), US_ASCII);
            if (!head.startsWith("SLINFO ")) {
                throw new IOException("the server does not answer INFO STREAMS: '" + Text.shorten(head, 20) + "'");
            }
            var record = ByteBuffer.wrap(readFully(link, MiniSeedHeader.USUAL_RECORD_BYTES));
            int count = record.getShort(30) & 0xffff;
            int from = record.getShort(44) & 0xffff;
            if (from + count > record.limit()) {
                throw new IOException("an answer to INFO of " + count + " bytes in a record of " + record.limit());
            }
            text.write(record.array(), from, count);
            if (head.charAt(7) != '*') {
                return text.toByteArray();
            }
        }
        throw new IOException("an answer to INFO of more than " + ANSWER_LIMIT_BYTES + " bytes");
    }

    private static byte[] answer4(Link link) throws IOException {
        var head = ByteBuffer.wrap(readFully(link, SeedLinkDecoder.HEADER_4_BYTES));
        if (head.get(0) != 'S' || head.get(1) != 'E' || head.get(2) != 'J') {
            throw new IOException("the server does not answer INFO STREAMS with JSON");
        }
        long length = Integer.reverseBytes(head.getInt(4)) & 0xffff_ffffL;
        if (length > ANSWER_LIMIT_BYTES) {
            throw new IOException("an answer to INFO of more than " + ANSWER_LIMIT_BYTES + " bytes");
        }
        readFully(link, head.get(16) & 0xff);
        return readFully(link, (int) length);
    }

    /** Streams by {@code NET_STA}, in the order of the answer. */
    private static Map<String, Set<String>> parseXml(byte[] text) throws IOException {
        var stations = new LinkedHashMap<String, Set<String>>();
        var factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        Set<String> streams = new TreeSet<>();
        try {
            var xml = factory.createXMLStreamReader(new ByteArrayInputStream(text));
            while (xml.hasNext()) {
                if (xml.next() != XMLStreamConstants.START_ELEMENT) {
                    continue;
                }
                if (xml.getLocalName().equals("station")) {
                    streams = stations.computeIfAbsent(
                            attribute(xml, "network") + '_' + attribute(xml, "name"), id -> new TreeSet<>());
                } else if (xml.getLocalName().equals("stream")) {
                    streams.add(attribute(xml, "location") + attribute(xml, "seedname"));
                }
            }
            xml.close();
        } catch (XMLStreamException | RuntimeException e) { // the JDK's parser has no words for some of its errors
            throw new IOException("the server's answer to INFO is no XML: " + e.getMessage(), e);
        }
        return stations;
    }

    private static String attribute(XMLStreamReader xml, String name) {
        var value = xml.getAttributeValue(null, name);
        return value == null ? "" : value.strip();
    }

    private static Map<String, Set<String>> parseJson(byte[] text) throws IOException {
        var stations = new LinkedHashMap<String, Set<String>>();
        String station = "";
        Set<String> streams = new TreeSet<>();
        int arrays = 0;
        try (var json = new JsonFactory().createParser(tools.jackson.core.ObjectReadContext.empty(), text)) {
            for (var token = json.nextToken(); token != null; token = json.nextToken()) {
                switch (token) {
                    case START_ARRAY -> {
                        arrays++;
                        if (arrays == 2) {
                            streams = new TreeSet<>();
                        }
                    }
                    case END_ARRAY -> {
                        if (arrays == 2) {
                            stations.put(station, streams);
                        }
                        arrays--;
                    }
                    case PROPERTY_NAME -> {
                        var value = id(json);
                        if (value != null && arrays == 1) {
                            station = value;
                            stations.put(station, new TreeSet<>());
                        } else if (value != null && arrays == 2) {
                            streams.add(Selectors.version3(value));
                        }
                    }
                    default -> {}
                }
            }
        } catch (JacksonException e) {
            throw new IOException("the server's answer to INFO is no JSON: " + e.getOriginalMessage(), e);
        }
        return stations;
    }

    /** The text of a property {@code id}; null: it is another, which is read next. */
    private static @Nullable String id(JsonParser json) {
        return json.currentName().equals("id") && json.nextToken() == JsonToken.VALUE_STRING ? json.getString() : null;
    }

    // ---- sources

    /** @param answer to INFO STREAMS: XML in version 3, else JSON */
    static List<Found> found(Source server, byte[] answer, boolean isVersion3) throws IOException {
        return found(server, isVersion3 ? parseXml(answer) : parseJson(answer), isVersion3);
    }

    private static List<Found> found(Source server, Map<String, Set<String>> stations, boolean isVersion3)
            throws IOException {
        var byName = new LinkedHashMap<String, Integer>();
        for (var id : stations.keySet()) {
            byName.merge(id.substring(id.indexOf('_') + 1), 1, Integer::sum);
        }
        var found = new ArrayList<Found>();
        int strange = 0;
        for (var entry : stations.entrySet()) {
            var id = entry.getKey();
            int bar = id.indexOf('_');
            var network = bar < 0 ? "" : id.substring(0, bar);
            var station = id.substring(bar + 1);
            if (!CODE.matcher(network).matches() || !CODE.matcher(station).matches()) {
                strange++;
                continue;
            }
            boolean isAlone = byName.getOrDefault(station, 0) == 1;
            var builder = Source.builder(
                            isAlone ? station : network + '.' + station, SeedLink.NAME, server.host(), server.port())
                    .option(SeedLink.NETWORK, network)
                    .option(SeedLink.STATION, station)
                    .silenceSeconds(SILENCE_SECONDS);
            var tls = server.tls();
            if (tls != null) {
                builder.tls(tls);
            }
            found.add(new Found(builder.build(), remark(entry.getValue())));
        }
        if (found.isEmpty()) {
            throw new IOException("the server tells of no station" + (strange == 0 ? "" : " with codes that can be")
                    + " in its answer to INFO STREAMS of version " + (isVersion3 ? 3 : 4));
        }
        return found;
    }

    private static String remark(Set<String> streams) {
        var shown = streams.stream()
                .filter(stream -> STREAM.matcher(stream).matches())
                .limit(MOST_STREAMS_SHOWN)
                .toList();
        return String.join(" ", shown) + (streams.size() > shown.size() ? " …" : "");
    }
}
