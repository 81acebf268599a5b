/** Protocols: pure decoders, and the sessions around them. */
@NullMarked
package org.stationmaster.stations;

import org.jspecify.annotations.NullMarked;
