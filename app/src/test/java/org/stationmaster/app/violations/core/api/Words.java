package org.stationmaster.app.violations.core.api;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;
import org.stationmaster.app.violations.core.state.TableWriter;

/** An API that shows Netty and knows the state table. */
public record Words(@Nullable ByteBuf bytes, @Nullable TableWriter writer) {}
