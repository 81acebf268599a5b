package org.stationmaster.server.inventory;

import java.util.Map;
import org.stationmaster.core.api.Source;

/**
 * A source as it was read, and as it can be kept or sent on.
 *
 * @param source with its secrets
 * @param form the keys of a station file that differ from their default; references in place of secrets, files as they
 *     were named
 */
public record Noted(Source source, Map<String, Object> form) {}
