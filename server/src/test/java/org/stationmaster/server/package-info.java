/** Tests of the control endpoint, with fakes of the machine. */
@NullMarked
package org.stationmaster.server;

import org.jspecify.annotations.NullMarked;
