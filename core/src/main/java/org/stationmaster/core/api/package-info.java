/**
 * What users of the machine meet: sources, tasks, slots, the scheduler they extend, the assignator they call,
 * and the seams for protocols and sinks. No type of a network library appears here.
 */
@NullMarked
package org.stationmaster.core.api;

import org.jspecify.annotations.NullMarked;
