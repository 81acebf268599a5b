package org.stationmaster.server.inventory;

import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Listen;

/**
 * A port for stations that call in.
 *
 * @param protocol one that has a greeting
 * @param bind where
 * @param tls null: plain TCP
 * @param byCertificate {@code match: certificate}; default: by the greeting
 * @param secondReplaces {@code secondCall: replace}, the default; false: {@code refuse}
 */
public record ListenConfig(
        String protocol, Bind bind, Listen.@Nullable ServerTls tls, boolean byCertificate, boolean secondReplaces) {}
