package org.stationmaster.stations.seedlink;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Text;

/**
 * What is said before the first packet: HELLO, the version that both sides know, a login, the stations, END. One command at
 * a time, each after the answer to the one before it. Pure.
 */
final class Handshake {
    private static final int SHOWN_CHARACTERS = 120;

    /**
     * @param of whose it is; null: the connection's own
     * @param isOptional whether the server may refuse it
     */
    private record Command(String text, @Nullable Member of, boolean isOptional) {}

    private final ArrayDeque<Command> commands = new ArrayDeque<>();
    private final Source source;
    private final List<Member> members;
    private @Nullable Command asked;
    private @Nullable String software;
    private int version;
    private boolean done;

    /** @param members the session's, which may still grow while {@link #isOpen} */
    Handshake(List<Member> members) {
        this.source = members.getFirst().slot.source();
        this.members = members;
    }

    /** The first command. */
    String hello() {
        return "HELLO";
    }

    /** Whether the stations have not been named yet. */
    boolean isOpen() {
        return version == 0;
    }

    /** What the server has not answered yet, for people. */
    String unanswered() {
        var command = asked;
        return command == null ? hello() : withoutSecret(command.text());
    }

    /** Whether packets follow. */
    boolean isDone() {
        return done;
    }

    /** 3 or 4, once it is done. */
    int version() {
        return version;
    }

    /**
     * Takes a line of the server.
     *
     * @return the next command; null: another line is to come first
     * @throws ProtocolException it is no SeedLink server, or it refuses
     */
    @Nullable
    String answer(String line) throws ProtocolException {
        if (software == null) {
            if (!line.toLowerCase(Locale.ROOT).startsWith("seedlink")) {
                throw new ProtocolException(
                        EndReason.CORRUPT, "no SeedLink server: it says '" + shown(line) + "' to HELLO");
            }
            software = line;
            return null;
        }
        var command = asked;
        if (command == null) { // the second line of the answer to HELLO: whose server it is
            plan(software);
        } else if (line.startsWith("ERROR") && !command.isOptional()) {
            refused(
                    command.of(),
                    new ProtocolException(
                            EndReason.REFUSED,
                            "the server refuses " + withoutSecret(command.text()) + " with '" + shown(line) + "'"));
        } else if (!line.startsWith("OK") && !line.startsWith("ERROR")) {
            throw new ProtocolException(
                    EndReason.CORRUPT,
                    "no answer of SeedLink to " + withoutSecret(command.text()) + ": '" + shown(line) + "'");
        }
        asked = commands.removeFirst();
        done = commands.isEmpty();
        return asked.text();
    }

    /** One station of several goes alone: what else was to be said for it is left out. */
    private void refused(@Nullable Member member, ProtocolException why) throws ProtocolException {
        if (member == null || members.stream().allMatch(other -> other.equals(member) || other.isRefused())) {
            throw why;
        }
        commands.removeIf(command -> member.equals(command.of()));
        member.refuse(why);
    }

    private void plan(String hello) throws ProtocolException {
        boolean isOneStation = members.getFirst().subscription.isAnyStation();
        boolean knows4 = hello.contains("SLPROTO:4.");
        var wanted = source.options().getOrDefault(SeedLink.VERSION, "auto");
        boolean takes4 = !isOneStation && !wanted.equals("3");
        version = knows4 && takes4 ? 4 : 3;
        if (wanted.equals("4") && !knows4) {
            throw new ProtocolException(
                    EndReason.REFUSED, "the server has no SeedLink 4, let version be auto: '" + shown(hello) + "'");
        }
        var user = source.user();
        var password = source.password();
        if (version == 4) {
            commands.add(new Command("SLPROTO 4.0", null, false));
            commands.add(new Command("USERAGENT Stationmaster", null, true));
            if (password != null) {
                var login = user == null ? "AUTH JWT " : "AUTH USERPASS " + user + ' ';
                commands.add(new Command(login + password.reveal(), null, false));
            }
        } else if (password != null) {
            throw new ProtocolException(
                    EndReason.REFUSED,
                    "the server has SeedLink 3 alone, which has no login: take user and password away");
        }
        for (var member : members) {
            for (var text : member.subscription.commands(version, member.slot)) {
                commands.add(new Command(text, member, false));
            }
        }
        if (!isOneStation) {
            commands.add(new Command("END", null, false));
        }
    }

    private static String withoutSecret(String command) {
        return command.startsWith("AUTH ") ? "the login" : command;
    }

    private static String shown(String line) {
        return Text.shorten(line, SHOWN_CHARACTERS);
    }
}
