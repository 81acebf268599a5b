@NullMarked
package org.stationmaster.examples;

import org.jspecify.annotations.NullMarked;
