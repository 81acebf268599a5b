package org.stationmaster.app.violations.testkit;

import org.jspecify.annotations.Nullable;
import org.stationmaster.app.violations.stations.Lines;

/** A testkit that knows what it should test from outside. */
public record Toys(@Nullable Lines lines) {}
