package org.stationmaster.core.api;

/**
 * A password. It is written once and read only by the code that sends it to the station: its text form is
 * {@code ***}, so that it reaches no log and no answer.
 */
public final class Secret {
    private final String value;

    public Secret(String value) {
        this.value = value;
    }

    /** The secret itself. Call this only to send it to the peer it was made for. */
    public String reveal() {
        return value;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Secret secret && secret.value.equals(value);
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }

    @Override
    public String toString() {
        return "***";
    }
}
