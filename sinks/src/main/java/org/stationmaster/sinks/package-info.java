/**
 * Where records end. The archive keeps the bytes of each source as the station sent them, one file per source and
 * UTC day; {@link org.stationmaster.sinks.ArchiveSink} writes it, {@link org.stationmaster.sinks.ArchiveReader} reads
 * it.
 */
@NullMarked
package org.stationmaster.sinks;

import org.jspecify.annotations.NullMarked;
