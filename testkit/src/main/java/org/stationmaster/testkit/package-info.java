@NullMarked
package org.stationmaster.testkit;

import org.jspecify.annotations.NullMarked;
