package org.stationmaster.server.inventory;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.InvalidSourceException;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.Text;
import org.stationmaster.core.api.Tls;

/** The keys of a source: one schema for station files and for requests. */
final class SourceSchema {
    private static final List<String> COMMON = List.of(
            "id",
            "protocol",
            "host",
            "port",
            "dialIn",
            "rate",
            "groups",
            "attributes",
            "enabled",
            "silenceSeconds",
            "connectTimeoutMillis",
            "tls",
            "user",
            "password",
            "frameLimitBytes");
    private static final List<String> TLS_KEYS = List.of("caFile", "certFile", "keyFile", "serverName");
    private static final double MAX_RATE = 1e6;
    private static final double MAX_SILENCE_SECONDS = 1e7;

    private final Map<String, Protocol> protocols;
    private final References references;
    private final Problems problems;
    private final SourceForm forms;

    SourceSchema(Map<String, Protocol> protocols, References references, Problems problems) {
        this.protocols = new TreeMap<>(protocols);
        this.references = references;
        this.problems = problems;
        this.forms = new SourceForm(protocols);
    }

    /** All sources of a list, without those that are wrong, which are reported. */
    List<Noted> list(Doc.Sequence list) {
        var sources = new ArrayList<Noted>(list.items().size());
        var seen = new HashMap<String, Doc.Position>();
        var names = new HashMap<String, SourceId>();
        for (var item : list.items()) {
            var fields = Fields.of(item, "a source must be a mapping such as { id: A1, … }", "", problems);
            if (fields == null) {
                continue;
            }
            var source = source(fields);
            refuseTwin(fields, seen);
            if (source != null) {
                refuseSameName(fields, source.source(), names);
                sources.add(source);
            }
        }
        return sources;
    }

    private static void refuseTwin(Fields fields, Map<String, Doc.Position> seen) {
        if (!(fields.doc("id") instanceof Doc.Scalar(var at, var id, var _)) || id.isBlank()) {
            return;
        }
        var first = seen.putIfAbsent(id, at);
        if (first != null) {
            fields.refuse(
                    "id", "id '" + Texts.shown(id) + "' is taken: the first source with it is in line " + first.line());
        }
    }

    /** Of two that are called by one name the station could be either. */
    private void refuseSameName(Fields fields, Source source, Map<String, SourceId> names) {
        var protocol = protocols.get(source.protocol());
        var dialIn = protocol == null || !source.isDialIn() ? null : protocol.dialIn();
        if (dialIn == null) {
            return;
        }
        var name = dialIn.name(source);
        var first = names.putIfAbsent(source.protocol() + " " + name, source.id());
        if (first != null) {
            fields.refuse(
                    "dialIn",
                    "a station that calls by the name '" + Texts.shown(name) + "' would be " + first + " or "
                            + source.id() + ": one name a source");
        }
    }

    /** One source; null when something is wrong with it, which is then reported. */
    @Nullable
    Noted source(Fields fields) {
        long before = problems.count();
        boolean calls = fields.flag("dialIn", false);
        fields.require("id", "protocol");
        if (calls) {
            refuseAddress(fields);
        } else {
            fields.require("host", "port");
        }
        var id = id(fields);
        var protocol = protocol(fields);
        var host = fields.text("host");
        var port = fields.whole("port", 1, 65_535);
        var options = options(fields, protocol);
        if (calls && protocol != null && protocol.dialIn() == null) {
            fields.refuse("dialIn", "stations of protocol " + protocol.name() + " do not call in: give host and port");
        }
        if (id == null || protocol == null || (!calls && (host == null || port.isEmpty()))) {
            // Still read the rest, so that all that is wrong is told at once.
            var _ = optional(fields, Source.builder("A", "none", "localhost", 1), "", Map.of());
            return null;
        }
        try {
            var builder = calls || host == null
                    ? Source.dialIn(id.value(), protocol.name())
                    : Source.builder(id.value(), protocol.name(), host, (int) port.getAsLong());
            var password = optional(fields, builder, id.value(), options);
            var source = builder.build();
            protocol.validate(source);
            return problems.count() == before ? noted(source, fields, password) : null;
        } catch (InvalidSourceException e) {
            int dot = e.field().indexOf('.'); // a key inside a mapping
            fields.refuse(
                    dot < 0 ? e.field() : e.field().substring(0, dot),
                    Text.shorten(String.valueOf(e.getMessage()), 300));
            return null;
        }
    }

    private static void refuseAddress(Fields fields) {
        for (var key : List.of("host", "port", "tls")) {
            if (fields.has(key)) {
                fields.refuseKey(
                        key,
                        "'" + key + "' does not go with dialIn: the station connects to a 'listen' of machine.yaml");
            }
        }
    }

    /** References in place of what they refer to. */
    private Noted noted(Source source, Fields fields, References.@Nullable Found password) {
        var form = forms.brief(source);
        if (password != null) {
            form.put("password", password.reference());
        }
        var tls = fields.doc("tls") instanceof Doc.Mapping ? fields.nested("tls") : null;
        if (tls != null) {
            var files = new LinkedHashMap<String, Object>();
            tls.keys().forEach(key -> files.put(key, String.valueOf(tls.text(key))));
            form.put("tls", files);
        }
        return new Noted(source, form);
    }

    private static @Nullable SourceId id(Fields fields) {
        var text = fields.text("id");
        if (text == null) {
            return null;
        }
        try {
            return new SourceId(text);
        } catch (InvalidSourceException e) {
            fields.refuse("id", String.valueOf(e.getMessage()));
            return null;
        }
    }

    private @Nullable Protocol protocol(Fields fields) {
        var name = fields.text("protocol");
        if (name == null) {
            return null;
        }
        var protocol = protocols.get(name);
        if (protocol == null) {
            var advice = Texts.didYouMean(name, protocols.keySet())
                    .map(question -> question + " ")
                    .orElse("");
            fields.refuse(
                    "protocol",
                    "unknown protocol '" + Texts.shown(name) + "': " + advice + "known are "
                            + String.join(", ", protocols.keySet()));
        }
        return protocol;
    }

    /** Reads the optional keys; returns where the password comes from, if there is one. */
    private References.@Nullable Found optional(
            Fields fields, Source.Builder builder, String id, Map<String, String> options) {
        fields.positive("rate", MAX_RATE).ifPresent(builder::rate);
        fields.texts("groups").forEach(builder::group);
        attributes(fields).forEach(builder::attribute);
        builder.enabled(fields.flag("enabled", true));
        fields.positive("silenceSeconds", MAX_SILENCE_SECONDS).ifPresent(builder::silenceSeconds);
        fields.whole("connectTimeoutMillis", 1, 600_000)
                .ifPresent(millis -> builder.connectTimeoutMillis((int) millis));
        fields.whole("frameLimitBytes", 1, 1 << 30).ifPresent(bytes -> builder.frameLimitBytes((int) bytes));
        var tls = tls(fields);
        if (tls != null) {
            builder.tls(tls);
        }
        var user = fields.text("user");
        if (user != null) {
            builder.user(user);
        }
        var password = references.secret(fields, "password", id);
        if (password != null) {
            builder.password(password.secret());
        }
        options.forEach(builder::option);
        return password;
    }

    private static Map<String, String> attributes(Fields fields) {
        var found = new TreeMap<String, String>();
        var attributes = fields.nested("attributes");
        if (attributes != null) {
            for (var key : attributes.keys()) {
                var value = attributes.text(key);
                if (value != null) {
                    found.put(key, value);
                }
            }
        }
        return found;
    }

    private @Nullable Tls tls(Fields fields) {
        return switch (fields.doc("tls")) {
            case null -> null;
            case Doc.Mapping _ -> {
                var nested = fields.nested("tls");
                yield nested == null ? null : tlsFiles(fields, nested);
            }
            case Doc.Sequence list -> {
                fields.refuse("tls", "'tls' must be true, false or a mapping; found " + list.described());
                yield null;
            }
            case Doc.Scalar _, Doc.Broken _ -> fields.flag("tls", false) ? Tls.DEFAULT : null;
        };
    }

    private @Nullable Tls tlsFiles(Fields source, Fields tls) {
        tls.refuseUnknown(TLS_KEYS);
        var named = new HashMap<String, java.nio.file.Path>();
        for (var key : List.of("caFile", "certFile", "keyFile")) {
            var text = tls.text(key);
            var path = text == null ? null : references.file(tls, key, text);
            if (path != null) {
                named.put(key, path);
            }
        }
        var serverName = tls.text("serverName");
        if (tls.has("certFile") != tls.has("keyFile")) {
            source.refuse("tls", "certFile and keyFile go together: give both or none");
            return null;
        }
        boolean whole = named.containsKey("certFile") == named.containsKey("keyFile");
        return whole ? new Tls(named.get("caFile"), named.get("certFile"), named.get("keyFile"), serverName) : null;
    }

    /** The protocol's own keys; a switch that is off is left out, so that it equals one that was not written. */
    private Map<String, String> options(Fields fields, @Nullable Protocol protocol) {
        var found = new TreeMap<String, String>();
        var own = new TreeMap<String, Map<String, Protocol.Option.Type>>();
        if (protocol != null) {
            for (var option : protocol.options()) {
                own.computeIfAbsent(top(option), _ -> new TreeMap<>()).put(inside(option), option.type());
            }
        }
        for (var key : fields.keys()) {
            if (COMMON.contains(key)) {
                continue;
            }
            var types = own.get(key);
            var plain = types == null ? null : types.get("");
            if (types == null) {
                refuseForeign(fields, key, protocol, own.keySet());
            } else if (plain == null) {
                nested(fields, key, types, found);
            } else {
                put(found, key, value(fields, key, plain));
            }
        }
        return found;
    }

    /** The key that stands in the source: {@code gga} of {@code gga.latitude}. */
    private static String top(Protocol.Option option) {
        int dot = option.key().indexOf('.');
        return dot < 0 ? option.key() : option.key().substring(0, dot);
    }

    /** The key in the mapping {@link #top}; empty: it is none. */
    private static String inside(Protocol.Option option) {
        int dot = option.key().indexOf('.');
        return option.key().substring(dot < 0 ? option.key().length() : dot + 1);
    }

    private static void nested(
            Fields fields, String key, Map<String, Protocol.Option.Type> types, Map<String, String> found) {
        var inner = fields.nested(key);
        if (inner != null) {
            inner.refuseUnknown(types.keySet());
            types.forEach((name, type) -> put(found, key + '.' + name, value(inner, name, type)));
        }
    }

    private static void put(Map<String, String> found, String key, @Nullable String value) {
        if (value != null) {
            found.put(key, value);
        }
    }

    private static @Nullable String value(Fields fields, String key, Protocol.Option.Type type) {
        return switch (type) {
            case SWITCH -> fields.flag(key, false) ? "true" : null;
            case TEXT -> fields.text(key);
            case LIST -> list(fields, key);
            case NUMBER -> fields.number(key);
        };
    }

    /** The items with commas between them; an empty list is as good as none. */
    private static @Nullable String list(Fields fields, String key) {
        var items = fields.texts(key);
        for (var item : items) {
            if (item.indexOf(',') >= 0) {
                fields.refuse(key, "'" + key + "' holds an item with a comma: '" + Texts.shown(item) + "'");
                return null;
            }
        }
        return items.isEmpty() ? null : String.join(",", items);
    }

    private void refuseForeign(Fields fields, String key, @Nullable Protocol protocol, Set<String> own) {
        var owners = new TreeSet<String>();
        for (var other : protocols.values()) {
            if (other.options().stream().anyMatch(option -> top(option).equals(key))) {
                owners.add(other.name());
            }
        }
        if (!owners.isEmpty()) {
            // Without a known protocol nobody can say whether the key belongs to it.
            if (protocol != null) {
                fields.refuseKey(
                        key,
                        "key '" + key + "' belongs to protocol " + String.join(", ", owners) + ", not to "
                                + protocol.name());
            }
            return;
        }
        var known = new LinkedHashSet<>(COMMON);
        known.addAll(own);
        fields.refuseUnknown(key, known);
    }
}
