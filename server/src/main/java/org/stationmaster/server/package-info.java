/**
 * The control endpoint: what a running machine shows and takes over HTTP.
 *
 * <p>{@link ControlServer} is the only way in. A request passes its client's {@link RequestBudget}, {@link RequestGuard} and
 * {@link Access}, then its route ({@link Routes}); what goes wrong leaves as a {@link Problem}. Requests run on virtual threads, but short ones ({@link RequestThreads}),
 * and may block; what they read of the machine is its view, what they want of it goes to the assignator, and what changes the
 * sources through the {@link org.stationmaster.server.inventory.SourceBook}.
 */
@NullMarked
package org.stationmaster.server;

import org.jspecify.annotations.NullMarked;
