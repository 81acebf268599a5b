/**
 * The control endpoint: what a running machine shows and takes over HTTP.
 *
 * <p>{@link ControlServer} is the only way in. A request passes {@link RequestGuard}, then its resource's routes; what
 * goes wrong leaves as a {@link Problem}. Requests run on virtual threads and may block; what they read of the machine
 * is its view, what they want of it goes to the assignator.
 */
@NullMarked
package org.stationmaster.server;

import org.jspecify.annotations.NullMarked;
