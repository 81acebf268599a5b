package org.stationmaster.stations;

/** How stations of {@code tcp-lines} call in. */
public final class LineDialIn extends HelloDialIn {
    public LineDialIn() {
        super(Wire.LINES);
    }
}
