package org.stationmaster.app;

import org.stationmaster.core.sizing.Profile;
import org.stationmaster.testkit.HostUsage;

/** What figures that are measured here depend on. */
final class Here {
    private Here() {}

    static Profile.Host host() {
        return new Profile.Host(
                HostUsage.processor(),
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                System.getProperty("java.runtime.version"));
    }

    /** Of the jar. */
    static String version() {
        var version = Here.class.getPackage().getImplementationVersion();
        return version == null ? "(built from classes)" : version;
    }
}
