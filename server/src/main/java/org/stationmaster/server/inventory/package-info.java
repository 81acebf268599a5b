/**
 * Machine and station files, read into {@link MachineConfig} and {@link org.stationmaster.core.api.Source}.
 *
 * <p>Two front ends (YAML for files, strict JSON for the REST endpoint) make the same neutral tree, {@link Doc}, whose
 * scalars are raw text with a position; one schema ({@link SourceSchema}, {@link MachineSchema}) gives them types.
 * Nothing guesses a type, nothing throws for a wrong value: every error is collected with its file, line and column.
 */
@NullMarked
package org.stationmaster.server.inventory;

import org.jspecify.annotations.NullMarked;
