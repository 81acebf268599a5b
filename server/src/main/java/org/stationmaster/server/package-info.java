@NullMarked
package org.stationmaster.server;

import org.jspecify.annotations.NullMarked;
