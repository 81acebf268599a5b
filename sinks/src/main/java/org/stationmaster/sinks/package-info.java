@NullMarked
package org.stationmaster.sinks;

import org.jspecify.annotations.NullMarked;
