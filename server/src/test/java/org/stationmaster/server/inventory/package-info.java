/** Tests of reading files. */
@NullMarked
package org.stationmaster.server.inventory;

import org.jspecify.annotations.NullMarked;
