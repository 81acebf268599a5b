package org.stationmaster.app.violations.server;

import org.jspecify.annotations.Nullable;
import org.stationmaster.app.violations.core.state.TableWriter;
import org.stationmaster.app.violations.stations.Lines;

/** A server that knows a protocol and holds the writer of the state table. */
public record Http(@Nullable Lines lines, @Nullable TableWriter writer) {}
