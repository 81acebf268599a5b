/**
 * The state table: what the machine shares. Fixed length for life, one writer per row, readable by anyone at any
 * time. The supervisor writes what should be, a worker writes what is.
 */
@NullMarked
package org.stationmaster.core.state;

import org.jspecify.annotations.NullMarked;
