/** A small house in which every rule of {@code RoomsTest} is broken: it shows that the rules bite. */
@NullMarked
package org.stationmaster.app.violations;

import org.jspecify.annotations.NullMarked;
