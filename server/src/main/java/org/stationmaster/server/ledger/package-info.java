/**
 * The intervals in which a wanted source gave nothing, each with a cause, over restarts.
 * {@link org.stationmaster.server.ledger.SourceGaps} finds them for one source,
 * {@link org.stationmaster.server.ledger.LedgerStore} keeps them, {@link org.stationmaster.server.ledger.Ledger} looks once a second.
 */
@NullMarked
package org.stationmaster.server.ledger;

import org.jspecify.annotations.NullMarked;
