@NullMarked
package org.stationmaster.bench;

import org.jspecify.annotations.NullMarked;
