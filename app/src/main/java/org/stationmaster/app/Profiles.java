package org.stationmaster.app;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.sizing.Profile;
import org.stationmaster.server.inventory.ProfileFile;
import org.stationmaster.server.inventory.Reading;

/** The profiles that a plan or a machine uses, by protocol; and what is wrong with using them here. */
final class Profiles {
    /** Where {@code calibrate} writes, and {@code plan} looks, unless told otherwise. */
    static final String DEFAULT_FILE = "profile.json";

    private static final String SHIPPED = "profile.json";

    private final Map<String, Profile> byProtocol;
    private final List<String> strange = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    private Profiles(Map<String, Profile> byProtocol) {
        this.byProtocol = byProtocol;
    }

    /** The one that comes with the program: of another machine. */
    static Profile shipped() {
        try (var in = Profiles.class.getResourceAsStream(SHIPPED)) {
            if (in == null) {
                throw new IllegalStateException("no " + SHIPPED + " in the jar");
            }
            return switch (ProfileFile.read(SHIPPED, in.readAllBytes())) {
                case Reading.Valid<Profile>(var profile) -> profile;
                case Reading.Invalid<Profile> invalid -> throw new IllegalStateException(invalid.report());
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @param files that {@code calibrate} wrote; none: the shipped one */
    static Profiles of(List<Path> files, Profile.Host here, String version) throws Failure {
        if (files.isEmpty()) {
            var shipped = shipped();
            var profiles = new Profiles(Map.of(shipped.protocol(), shipped));
            profiles.strange.add("the shipped profile is not this machine's (it is of "
                    + shipped.host().cpu() + ", "
                    + Numbers.count(shipped.host().processors(), "processor") + "): measure this one with"
                    + " 'stationmaster calibrate', which writes " + DEFAULT_FILE);
            profiles.noteNoise(shipped);
            return profiles;
        }
        var read = new LinkedHashMap<String, Profile>();
        for (var file : files) {
            var profile = read("--profile", file);
            if (read.put(profile.protocol(), profile) != null) {
                throw Failure.usage("two profiles of " + profile.protocol() + ": give one for each protocol");
            }
        }
        var profiles = new Profiles(read);
        for (var profile : read.values()) {
            profiles.strange.addAll(strangeTo(profile, here, version));
            profiles.noteNoise(profile);
        }
        return profiles;
    }

    /**
     * In what the profiles of a machine are not of here, or not of its sources; empty: in nothing.
     *
     * @param protocols of its sources
     */
    static List<String> strangeTo(
            List<Profile> profiles, Collection<String> protocols, Profile.Host here, String version) {
        var found = new ArrayList<String>();
        profiles.forEach(profile -> found.addAll(strangeTo(profile, here, version)));
        if (!profiles.isEmpty()) {
            var first = profiles.getFirst();
            protocols.stream()
                    .distinct()
                    .sorted()
                    .filter(protocol -> profiles.stream()
                            .noneMatch(profile -> profile.protocol().equals(protocol)))
                    .forEach(protocol -> found.add(missing(protocol, first)));
        }
        return found;
    }

    private static List<String> strangeTo(Profile profile, Profile.Host here, String version) {
        return profile.strangeTo(here, version).stream()
                .map(what -> "the profile of " + profile.protocol() + " is of " + what + ": calibrate again")
                .toList();
    }

    private static String missing(String protocol, Profile inItsPlace) {
        return "there is no profile of " + protocol + ": its sources are taken to cost what those of "
                + inItsPlace.protocol() + " do; calibrate --protocol " + protocol;
    }

    private void noteNoise(Profile profile) {
        if (!profile.noisy().isEmpty()) {
            notes.add("the profile of " + profile.protocol() + " was measured on a noisy machine: " + profile.noisy());
        }
    }

    static Profile read(String option, Path file) throws Failure {
        return switch (ProfileFile.read(file)) {
            case Reading.Valid<Profile>(var profile) -> profile;
            case Reading.Invalid<Profile> invalid -> throw Failure.usage(option + ": " + invalid.report());
        };
    }

    /** @param protocol null: the first profile's */
    Profile of(@Nullable String protocol, double ratePerSecond) {
        var first = byProtocol.values().iterator().next();
        var profile = protocol == null ? first : byProtocol.getOrDefault(protocol, first);
        if (protocol != null && !profile.protocol().equals(protocol)) {
            once(strange, missing(protocol, profile));
        }
        if (!profile.measures(ratePerSecond)) {
            once(
                    notes,
                    Rates.text(ratePerSecond) + " Hz was not measured ("
                            + Rates.text(profile.points().getFirst().ratePerSecond())
                            + " to " + Rates.text(profile.points().getLast().ratePerSecond())
                            + " Hz were): its cost is taken on the careful side");
        }
        return profile;
    }

    private static void once(List<String> list, String text) {
        if (!list.contains(text)) {
            list.add(text);
        }
    }

    /** In what they are not of this machine, version or protocol: {@code --strict} refuses it. */
    List<String> strange() {
        return List.copyOf(strange);
    }

    /** Why else the plan may not hold. */
    List<String> notes() {
        return List.copyOf(notes);
    }
}
