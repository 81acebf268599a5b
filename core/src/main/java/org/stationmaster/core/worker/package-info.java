/**
 * A worker: m slots on one event loop, what runs in them, and the way of their records to the sinks. Nothing here
 * knows the machine; a worker is told what to hold by {@link org.stationmaster.core.worker.WorkerCommand} and answers
 * by {@link org.stationmaster.core.worker.WorkerReport}.
 */
@NullMarked
package org.stationmaster.core.worker;

import org.jspecify.annotations.NullMarked;
