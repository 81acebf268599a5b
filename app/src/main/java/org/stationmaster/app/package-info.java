/**
 * The command line and the composition root: the only room that knows all others. Each command is a thin class; {@link
 * org.stationmaster.app.MachineRun} puts a machine together and takes it apart again, in one order.
 */
@NullMarked
package org.stationmaster.app;

import org.jspecify.annotations.NullMarked;
