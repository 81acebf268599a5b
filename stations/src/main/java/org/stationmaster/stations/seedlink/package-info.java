/**
 * SeedLink 3 and 4, and the headers of the miniSEED records it carries. The samples are not decoded; the payload stays as
 * it came.
 */
@NullMarked
package org.stationmaster.stations.seedlink;

import org.jspecify.annotations.NullMarked;
