package org.stationmaster.app;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.sizing.Profile;
import org.stationmaster.server.inventory.ProfileFile;
import org.stationmaster.server.inventory.Reading;

/** The profiles that a plan uses, by protocol; and what is wrong with using them here. */
final class Profiles {
    private static final String SHIPPED = "profile.json";

    private final Map<String, Profile> byProtocol;
    private final List<String> warnings = new ArrayList<>();

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

    /** @param files of {@code --profile}; none: the shipped one */
    static Profiles of(List<Path> files, Profile.Host here, String version) throws Failure {
        if (files.isEmpty()) {
            var shipped = shipped();
            var profiles = new Profiles(Map.of(shipped.protocol(), shipped));
            profiles.warnings.add("the shipped profile is not this machine's (it is of "
                    + shipped.host().cpu() + ", "
                    + shipped.host().processors() + " processors): measure this one with"
                    + " 'stationmaster calibrate --save profile.json', then give --profile profile.json");
            profiles.warn(shipped);
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
            profile.strangeTo(here, version)
                    .forEach(what -> profiles.warnings.add(
                            "the profile of " + profile.protocol() + " is of " + what + ": calibrate again"));
            profiles.warn(profile);
        }
        return profiles;
    }

    private void warn(Profile profile) {
        if (!profile.noisy().isEmpty()) {
            warnings.add(
                    "the profile of " + profile.protocol() + " was measured on a noisy machine: " + profile.noisy());
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
            warn("there is no profile of " + protocol + ": its sources are taken to cost what those of "
                    + profile.protocol() + " do; calibrate --protocol " + protocol);
        }
        if (!profile.measures(ratePerSecond)) {
            warn(Rates.text(ratePerSecond) + " Hz was not measured ("
                    + Rates.text(profile.points().getFirst().ratePerSecond())
                    + " to " + Rates.text(profile.points().getLast().ratePerSecond())
                    + " Hz were): its cost is taken on the careful side");
        }
        return profile;
    }

    private void warn(String warning) {
        if (!warnings.contains(warning)) {
            warnings.add(warning);
        }
    }

    /** Why the plan may not hold here; empty: nothing is known against it. */
    List<String> warnings() {
        return List.copyOf(warnings);
    }
}
