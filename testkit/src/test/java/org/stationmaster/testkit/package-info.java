/** The testkit's own tests: the simulator against blocking sockets, the contract suites against right and wrong parts. */
@NullMarked
package org.stationmaster.testkit;

import org.jspecify.annotations.NullMarked;
