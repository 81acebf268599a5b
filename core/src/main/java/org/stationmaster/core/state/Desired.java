package org.stationmaster.core.state;

import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.SourceId;

/**
 * What a slot should hold.
 *
 * @param source null: nothing
 * @param epoch the activation that is wanted; of an empty slot, the last one that was
 */
public record Desired(@Nullable SourceId source, long epoch, boolean paused) {}
