package org.stationmaster.server.inventory;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Filter;
import org.stationmaster.core.api.Isolation;
import org.stationmaster.core.api.Listen;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.sizing.Profile;

/** The keys of a machine file. */
final class MachineSchema {
    private static final List<String> KEYS = List.of(
            "machine",
            "control",
            "sources",
            "groups",
            "data",
            "sinks",
            "profiles",
            "connectsPerSecond",
            "stopSeconds",
            "listen",
            "alarms");
    private static final double MAX_CONNECTS_PER_SECOND = 1e6;
    /** What an Authorization header can carry (RFC 6750). */
    private static final Pattern TOKEN =
            Pattern.compile("[A-Za-z0-9._~+/=-]{" + ControlConfig.SHORTEST_TOKEN + ",512}");

    private final Path base;
    private final Map<String, Protocol> protocols;
    private final References references;
    private final Problems problems;
    private final int processors;

    /** @param references with the directory that the file's relative paths start from */
    MachineSchema(Map<String, Protocol> protocols, References references, Problems problems, int processors) {
        this.base = references.base();
        this.protocols = protocols;
        this.references = references;
        this.problems = problems;
        this.processors = processors;
    }

    /** The whole file; worth something only when no problem was reported. */
    MachineConfig machine(Doc.Mapping mapping) {
        var fields = new Fields(mapping, "", problems);
        if (fields.has("id") && fields.has("protocol")) {
            fields.refuse("id", "a source outside of a list: begin each source of a station file with '- '");
        } else {
            fields.refuseUnknown(KEYS);
        }
        var machine = fields.nested("machine");
        var size = size(machine);
        var isolation = isolation(machine);
        var control = control(fields);
        var filter = filter(fields);
        var data = path(fields, "data");
        var sinks = sinks(fields);
        var connectsPerSecond = fields.positive("connectsPerSecond", MAX_CONNECTS_PER_SECOND);
        int stopSeconds = (int) fields.whole("stopSeconds", 1, 3600).orElse(MachineConfig.DEFAULT_STOP_SECONDS);
        var stationFile = fields.doc("sources") instanceof Doc.Scalar ? path(fields, "sources") : null;
        var listens = listens(fields);
        var sources = sources(fields, stationFile);
        requireListeners(fields, sources, listens);
        return new MachineConfig(
                size,
                isolation,
                control,
                sources,
                stationFile,
                filter,
                data == null ? base.resolve("data") : data,
                sinks,
                profiles(fields),
                connectsPerSecond,
                stopSeconds,
                listens,
                receivers(fields));
    }

    private List<Profile> profiles(Fields fields) {
        var found = new ArrayList<Profile>();
        for (var name : fields.texts("profiles")) {
            var file = path(fields, "profiles", name);
            var profile = file == null ? null : ProfileFile.read(file, problems.forFile(file.toString()));
            if (profile != null
                    && found.stream().anyMatch(other -> other.protocol().equals(profile.protocol()))) {
                fields.refuse("profiles", "two profiles of " + profile.protocol() + ": name one for each protocol");
            } else if (profile != null) {
                found.add(profile);
            }
        }
        return found;
    }

    private MachineSize size(@Nullable Fields machine) {
        int defaultWorkers = Math.clamp(processors, 1, MachineSize.MAX_WORKERS);
        if (machine == null) {
            return new MachineSize(defaultWorkers, MachineConfig.DEFAULT_SLOTS);
        }
        machine.refuseUnknown(List.of("workers", "slots", "isolation"));
        return new MachineSize(
                (int) machine.whole("workers", 1, MachineSize.MAX_WORKERS).orElse(defaultWorkers),
                (int) machine.whole("slots", 1, MachineSize.MAX_SLOTS).orElse(MachineConfig.DEFAULT_SLOTS));
    }

    private static Isolation isolation(@Nullable Fields machine) {
        return switch (machine == null ? null : machine.text("isolation")) {
            case null -> Isolation.THREADS;
            case "threads" -> Isolation.THREADS;
            case "processes" -> Isolation.PROCESSES;
            case String other -> {
                requireNonNull(machine)
                        .refuse(
                                "isolation",
                                "'isolation' must be threads or processes; found '" + Texts.shown(other) + "'");
                yield Isolation.THREADS;
            }
        };
    }

    private ControlConfig control(Fields fields) {
        var control = fields.nested("control");
        if (control == null) {
            return ControlConfig.DEFAULT;
        }
        control.refuseUnknown(List.of("bind", "tokens", "tls", "hosts"));
        var tokens = tokens(control);
        var hosts = control.texts("hosts").stream()
                .map(name -> name.toLowerCase(Locale.ROOT))
                .collect(Collectors.toSet());
        return new ControlConfig(bind(control, !control.has("tokens")), tokens, tls(control), hosts);
    }

    private List<ControlConfig.Token> tokens(Fields control) {
        var found = new ArrayList<ControlConfig.Token>();
        switch (control.doc("tokens")) {
            case null -> {}
            case Doc.Sequence list -> {
                if (list.items().isEmpty()) {
                    control.refuse("tokens", "'tokens' is empty: name a token, or leave the key out");
                }
                for (var item : list.items()) {
                    var token = token(item);
                    if (token != null
                            && found.stream().anyMatch(other -> other.name().equals(token.name()))) {
                        problems.add(
                                item.at(),
                                "control.tokens.name",
                                "a second token with the name '" + token.name() + "'");
                    } else if (token != null) {
                        found.add(token);
                    }
                }
            }
            case Doc doc -> control.refuse("tokens", "'tokens' must be a list; found " + doc.described());
        }
        return found;
    }

    private ControlConfig.@Nullable Token token(Doc item) {
        var fields = Fields.of(
                item,
                "a token must be a mapping such as { name: ops, role: command, token: \"${OPS_TOKEN}\" }",
                "control.tokens.",
                problems);
        if (fields == null) {
            return null;
        }
        fields.refuseUnknown(List.of("name", "role", "token"));
        fields.require("name", "role", "token");
        var name = fields.text("name");
        var role = role(fields);
        var secret = references.secret(fields, "token", "");
        if (name == null || role == null || secret == null) {
            return null;
        }
        if (!TOKEN.matcher(secret.secret().reveal()).matches()) {
            fields.refuse(
                    "token",
                    "the token of '" + Texts.shown(name) + "' must be " + ControlConfig.SHORTEST_TOKEN
                            + " to 512 letters, digits or any of -._~+/=: try 'openssl rand -hex 32'");
            return null;
        }
        return new ControlConfig.Token(name, role, secret.secret());
    }

    private static @Nullable Role role(Fields fields) {
        return switch (fields.text("role")) {
            case null -> null;
            case "read" -> Role.READ;
            case "operate" -> Role.OPERATE;
            case "command" -> Role.COMMAND;
            case String other -> {
                fields.refuse("role", "'role' must be read, operate or command; found '" + Texts.shown(other) + "'");
                yield null;
            }
        };
    }

    private ControlConfig.@Nullable TlsFiles tls(Fields control) {
        var tls = control.nested("tls");
        if (tls == null) {
            return null;
        }
        tls.refuseUnknown(List.of("certFile", "keyFile"));
        tls.require("certFile", "keyFile");
        var cert = file(tls, "certFile");
        var key = file(tls, "keyFile");
        return cert == null || key == null ? null : new ControlConfig.TlsFiles(cert, key);
    }

    private @Nullable Path file(Fields fields, String key) {
        var text = fields.text(key);
        return text == null ? null : references.file(fields, key, text);
    }

    private static Bind bind(Fields control, boolean loopbackAlone) {
        var text = control.text("bind");
        if (text == null) {
            return Bind.DEFAULT;
        }
        var bind = Bind.parse(text);
        if (bind.isEmpty()) {
            control.refuse(
                    "bind", "'bind' must be HOST:PORT such as 127.0.0.1:8470; found '" + Texts.shown(text) + "'");
        } else if (loopbackAlone && bind.get().isBeyondLoopback()) {
            control.refuse("bind", bind.get().beyondLoopback());
        }
        return bind.orElse(Bind.DEFAULT);
    }

    private static Filter filter(Fields fields) {
        if (!fields.has("groups")) {
            return Filter.all();
        }
        if (fields.doc("groups") instanceof Doc.Sequence list && list.items().isEmpty()) {
            fields.refuse("groups", "'groups' is empty: name a group, or leave the key out to take all sources");
        }
        var names = Set.copyOf(fields.texts("groups"));
        return names.isEmpty() ? Filter.all() : new Filter.Groups(names);
    }

    private List<Source> sources(Fields fields, @Nullable Path stationFile) {
        return switch (fields.doc("sources")) {
            case null -> List.of();
            case Doc.Sequence list -> sources(new SourceSchema(protocols, references, problems).list(list));
            case Doc.Mapping doc -> {
                fields.refuse("sources", "'sources' must be a file or a list; found " + doc.described());
                yield List.of();
            }
            case Doc.Scalar _ -> stationFile == null ? List.of() : stations(stationFile);
            case Doc.Broken _ -> List.of();
        };
    }

    private List<Source> stations(Path file) {
        var own = problems.forFile(file.toString());
        var doc = Inventory.document(file, own);
        return doc == null ? List.of() : sources(stationList(doc, file, own));
    }

    static List<Source> sources(List<Noted> noted) {
        return noted.stream().map(Noted::source).toList();
    }

    /** The sources of a station file. */
    List<Noted> stationList(Doc doc, Path file, Problems own) {
        if (doc instanceof Doc.Sequence list) {
            var directory = file.toAbsolutePath().getParent();
            var beside = references.in(directory == null ? base : directory);
            return new SourceSchema(protocols, beside, own).list(list);
        }
        own.add(
                doc.at(),
                "",
                "a station file must be a list: begin each source with '- ', or write [] for none; found "
                        + doc.described());
        return List.of();
    }

    private @Nullable Path path(Fields fields, String key) {
        var text = fields.text(key);
        return text == null ? null : path(fields, key, text);
    }

    private @Nullable Path path(Fields fields, String key, String text) {
        try {
            return base.resolve(text).normalize();
        } catch (InvalidPathException e) {
            fields.refuse(key, "'" + key + "' is no path: " + e.getReason());
            return null;
        }
    }

    private List<SinkConfig> sinks(Fields fields) {
        return switch (fields.doc("sinks")) {
            case null -> List.of(SinkConfig.Archive.DEFAULT);
            case Doc.Sequence list -> sinks(list);
            case Doc.Scalar doc -> noSinks(fields, doc);
            case Doc.Mapping doc -> noSinks(fields, doc);
            case Doc.Broken _ -> List.of();
        };
    }

    private static List<SinkConfig> noSinks(Fields fields, Doc doc) {
        fields.refuse("sinks", "'sinks' must be a list such as [{ type: archive }]; found " + doc.described());
        return List.of();
    }

    private List<SinkConfig> sinks(Doc.Sequence list) {
        var found = new ArrayList<SinkConfig>();
        for (var item : list.items()) {
            var sink = item instanceof Doc.Scalar(var at, var name, var _)
                    ? named(at, name, SinkConfig.Archive.DEFAULT)
                    : described(item);
            if (sink != null && !found.isEmpty()) {
                problems.add(item.at(), "sinks", "a second archive: it would write the same files; take one away");
            } else if (sink != null) {
                found.add(sink);
            }
        }
        return found;
    }

    private @Nullable SinkConfig described(Doc item) {
        var sink = Fields.of(item, "a sink must be a mapping such as { type: archive }", "sinks.", problems);
        if (sink == null) {
            return null;
        }
        sink.refuseUnknown(List.of("type", "openFiles", "lingerMillis"));
        sink.require("type");
        var type = sink.text("type");
        var defaults = SinkConfig.Archive.DEFAULT;
        var archive = new SinkConfig.Archive(
                (int) sink.whole("openFiles", 1, 1_000_000).orElse(defaults.openFiles()),
                (int) sink.whole("lingerMillis", 0, 10_000).orElse(defaults.lingerMillis()));
        return type == null ? null : named(sink.at("type"), type, archive);
    }

    private @Nullable SinkConfig named(Doc.Position at, String type, SinkConfig.Archive archive) {
        if (type.equals("archive")) {
            return archive;
        }
        problems.add(at, "sinks.type", "unknown sink '" + Texts.shown(type) + "': known are archive");
        return null;
    }

    private List<ListenConfig> listens(Fields fields) {
        var items = switch (fields.doc("listen")) {
            case null -> List.<Doc>of();
            case Doc.Mapping one -> List.of(one);
            case Doc.Sequence list -> list.items();
            case Doc.Broken _ -> List.<Doc>of();
            case Doc.Scalar doc -> {
                fields.refuse(
                        "listen",
                        "'listen' must be a mapping such as { protocol: tcp-lines, bind: \"0.0.0.0:7001\" }, or a list of them;"
                                + " found " + doc.described());
                yield List.<Doc>of();
            }
        };
        var found = new ArrayList<ListenConfig>();
        for (var item : items) {
            var listen = listen(item);
            if (listen != null
                    && found.stream().anyMatch(other -> other.protocol().equals(listen.protocol()))) {
                problems.add(item.at(), "listen", "a second listener for " + listen.protocol() + ": one a protocol");
            } else if (listen != null) {
                found.add(listen);
            }
        }
        return found;
    }

    private @Nullable ListenConfig listen(Doc item) {
        var fields = Fields.of(item, "'listen' must be a mapping", "listen.", problems);
        if (fields == null) {
            return null;
        }
        fields.refuseUnknown(List.of("protocol", "bind", "tls", "match", "secondCall"));
        fields.require("protocol", "bind");
        var name = fields.text("protocol");
        var protocol = name == null ? null : protocols.get(name);
        var dialIn = protocol == null ? null : protocol.dialIn();
        if (name != null && dialIn == null) {
            fields.refuse(
                    "protocol",
                    "'" + Texts.shown(name) + "' is no protocol whose stations call in; those are "
                            + protocols.values().stream()
                                    .filter(other -> other.dialIn() != null)
                                    .map(Protocol::name)
                                    .sorted()
                                    .collect(Collectors.joining(", ")));
        }
        var bind = bind(fields, false);
        var tls = listenTls(fields);
        boolean byCertificate = isSecond(fields, "match", "greeting", "certificate");
        if (byCertificate && (tls == null || tls.caFile() == null)) {
            fields.refuse("match", "match: certificate needs tls with caFile: who vouches for the stations");
        } else if (byCertificate && dialIn != null && !dialIn.goesByCertificate()) {
            fields.refuse(
                    "match", "stations of " + name + " have a greeting that cannot be left out: take match: greeting");
        }
        boolean refuses = isSecond(fields, "secondCall", "replace", "refuse");
        return name == null || dialIn == null ? null : new ListenConfig(name, bind, tls, byCertificate, !refuses);
    }

    /** Whether the key has the second of two values; the first is its default. */
    private static boolean isSecond(Fields fields, String key, String first, String second) {
        var text = fields.text(key);
        if (text != null && !text.equals(first) && !text.equals(second)) {
            fields.refuse(
                    key, "'" + key + "' must be " + first + " or " + second + "; found '" + Texts.shown(text) + "'");
        }
        return second.equals(text);
    }

    private Listen.@Nullable ServerTls listenTls(Fields listen) {
        var tls = listen.nested("tls");
        if (tls == null) {
            return null;
        }
        tls.refuseUnknown(List.of("certFile", "keyFile", "caFile"));
        tls.require("certFile", "keyFile");
        var cert = file(tls, "certFile");
        var key = file(tls, "keyFile");
        var authority = file(tls, "caFile");
        return cert == null || key == null ? null : new Listen.ServerTls(cert, key, authority);
    }

    private static void requireListeners(Fields fields, List<Source> sources, List<ListenConfig> listens) {
        sources.stream()
                .filter(Source::isDialIn)
                .filter(source ->
                        listens.stream().noneMatch(listen -> listen.protocol().equals(source.protocol())))
                .findFirst()
                .ifPresent(source -> fields.refuse(
                        "sources",
                        source.id() + " is called (dialIn), but nothing listens for " + source.protocol()
                                + ": add listen: { protocol: " + source.protocol() + ", bind: \"0.0.0.0:7001\" }"));
    }

    private List<ReceiverConfig> receivers(Fields fields) {
        return switch (fields.doc("alarms")) {
            case null -> List.of();
            case Doc.Sequence list ->
                list.items().stream()
                        .map(this::receiver)
                        .filter(Objects::nonNull)
                        .toList();
            case Doc.Broken _ -> List.of();
            case Doc doc -> {
                fields.refuse("alarms", "'alarms' must be a list; found " + doc.described());
                yield List.of();
            }
        };
    }

    private @Nullable ReceiverConfig receiver(Doc item) {
        var fields = Fields.of(
                item,
                "a receiver must be a mapping such as { type: webhook, url: \"${ALARM_URL}\" } or"
                        + " { type: command, argv: [/usr/local/bin/tell] }",
                "alarms.",
                problems);
        if (fields == null) {
            return null;
        }
        fields.require("type");
        return switch (fields.text("type")) {
            case null -> null;
            case "webhook" -> {
                fields.refuseUnknown(List.of("type", "url"));
                fields.require("url");
                yield webhook(fields);
            }
            case "command" -> {
                fields.refuseUnknown(List.of("type", "argv"));
                fields.require("argv");
                var argv = fields.texts("argv");
                if (argv.isEmpty() && fields.has("argv")) {
                    fields.refuse("argv", "'argv' is empty: name the program and its arguments");
                }
                yield argv.isEmpty() ? null : new ReceiverConfig.Command(argv);
            }
            case String other -> {
                fields.refuse("type", "unknown receiver '" + Texts.shown(other) + "': known are webhook, command");
                yield null;
            }
        };
    }

    /** Its address may be a secret, as many are; then it is not in the file. */
    private @Nullable ReceiverConfig webhook(Fields fields) {
        var text = fields.text("url");
        if (text == null) {
            return null;
        }
        if (!text.startsWith("http:") && !text.startsWith("https:")) {
            var secret = references.secret(fields, "url", "");
            if (secret == null) {
                return null;
            }
            text = secret.secret().reveal();
        }
        try {
            var url = new URI(text);
            var scheme = url.getScheme();
            if (url.getHost() != null && ("http".equals(scheme) || "https".equals(scheme))) {
                return new ReceiverConfig.Webhook(url);
            }
        } catch (URISyntaxException e) {
            // told below: what is wrong with it is not shown, it may be a secret
        }
        fields.refuse("url", "'url' must be an http or https address, or ${NAME} or file:PATH that holds one");
        return null;
    }
}
