@NullMarked
package org.stationmaster.server.ledger;

import org.jspecify.annotations.NullMarked;
