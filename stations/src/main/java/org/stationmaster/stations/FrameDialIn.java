package org.stationmaster.stations;

/** How stations of {@code tcp-frames} call in. */
public final class FrameDialIn extends HelloDialIn {
    public FrameDialIn() {
        super(Wire.FRAMES);
    }
}
