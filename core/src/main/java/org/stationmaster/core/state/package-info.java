/**
 * The state table: what the machine shares. Fixed length for life, one writer per row, readable by anyone at any
 * time. The supervisor writes what should be, a worker writes what is. It lies on the heap, or in a file that other
 * processes map.
 */
@NullMarked
package org.stationmaster.core.state;

import org.jspecify.annotations.NullMarked;
