/** Schedulers as a user writes them; the README shows parts of these files. */
@NullMarked
package org.stationmaster.examples;

import org.jspecify.annotations.NullMarked;
