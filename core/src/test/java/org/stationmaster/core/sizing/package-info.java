/** Tests of the sizing. */
@NullMarked
package org.stationmaster.core.sizing;

import org.jspecify.annotations.NullMarked;
