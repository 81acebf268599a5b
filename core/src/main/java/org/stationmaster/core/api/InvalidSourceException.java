package org.stationmaster.core.api;

/** Metadata of a source that cannot be used; names the field. Nothing was changed. */
public final class InvalidSourceException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final String field;

    /**
     * @param field the key of the station file that is wrong
     * @param message what is wrong and what would do
     */
    public InvalidSourceException(String field, String message) {
        super(message);
        this.field = field;
    }

    /** The key of the station file that is wrong. */
    public String field() {
        return field;
    }
}
