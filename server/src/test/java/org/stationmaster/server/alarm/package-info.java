@NullMarked
package org.stationmaster.server.alarm;

import org.jspecify.annotations.NullMarked;
