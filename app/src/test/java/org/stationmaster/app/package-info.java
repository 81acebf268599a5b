/** Tests of the command line: in this process, and of the program as a process. */
@NullMarked
package org.stationmaster.app;

import org.jspecify.annotations.NullMarked;
