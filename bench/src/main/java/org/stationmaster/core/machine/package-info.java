/** Benchmarks of the machine's own machinery, in its package. */
@NullMarked
package org.stationmaster.core.machine;

import org.jspecify.annotations.NullMarked;
