package org.stationmaster.core.api;

/** The machine takes no more calls: it is stopping, has stopped or did not answer in time. */
public final class MachineStoppedException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    public MachineStoppedException(String message) {
        super(message);
    }
}
