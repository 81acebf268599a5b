/**
 * How large a machine must be: what a source costs, measured ({@link org.stationmaster.core.sizing.Profile}), and the n × m
 * that follows ({@link org.stationmaster.core.sizing.SizePlan}). Pure: nothing here measures, reads or waits.
 */
@NullMarked
package org.stationmaster.core.sizing;

import org.jspecify.annotations.NullMarked;
