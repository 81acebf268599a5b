@NullMarked
package org.stationmaster.app;

import org.jspecify.annotations.NullMarked;
