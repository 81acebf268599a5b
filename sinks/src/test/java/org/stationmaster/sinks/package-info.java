/** Tests of the archive, on real files. */
@NullMarked
package org.stationmaster.sinks;

import org.jspecify.annotations.NullMarked;
