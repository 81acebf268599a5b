@NullMarked
package org.stationmaster.stations;

import org.jspecify.annotations.NullMarked;
