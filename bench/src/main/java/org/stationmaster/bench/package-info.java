/**
 * Benchmarks: programs that measure the machine beside bare rivals, each a process of its own, and print what they have
 * measured. {@code bench/run} starts them, {@code bench/README.md} tells the method and keeps the figures.
 */
@NullMarked
package org.stationmaster.bench;

import org.jspecify.annotations.NullMarked;
