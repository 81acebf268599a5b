package org.stationmaster.server.inventory;

/**
 * One thing that is wrong in a file or a request.
 *
 * @param file as it was named; empty when it came in a request
 * @param line from 1; 0: the file as a whole
 * @param column from 1; 0: the file as a whole
 * @param key the key it is about, with dots between levels ({@code tls.caFile}); empty: none
 * @param message what is wrong and what would do
 */
public record InventoryError(String file, int line, int column, String key, String message) {
    /** {@code file:line:column: message}. */
    @Override
    public String toString() {
        var place = line == 0 ? file : file + ":" + line + ":" + column;
        return place.isEmpty() ? message : place + ": " + message;
    }
}
