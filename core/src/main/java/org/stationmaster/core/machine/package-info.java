/** The machine itself: its supervisor, the assignator, placement and the composition of workers and sinks. */
@NullMarked
package org.stationmaster.core.machine;

import org.jspecify.annotations.NullMarked;
