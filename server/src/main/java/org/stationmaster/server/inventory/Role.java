package org.stationmaster.server.inventory;

/** What a token allows; each allows what those before it do. */
public enum Role {
    /** Look at everything but secrets. */
    READ,
    /** Add, change and remove sources; pause, resume; groups; restarts. */
    OPERATE,
    /** Send commands to stations. */
    COMMAND
}
