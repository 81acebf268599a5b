/** SQLite files below the data. */
@NullMarked
package org.stationmaster.server.store;

import org.jspecify.annotations.NullMarked;
