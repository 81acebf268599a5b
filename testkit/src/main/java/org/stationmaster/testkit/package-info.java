/**
 * What tests of a machine need: networks of simulated stations with faults and exact counts
 * ({@link org.stationmaster.testkit.StationNetwork}), a clock moved by hand
 * ({@link org.stationmaster.testkit.ManualClock}), and the suites that every protocol and every sink must pass
 * ({@link org.stationmaster.testkit.ProtocolContract}, {@link org.stationmaster.testkit.SinkContract}). The simulator
 * is a second network stack on purpose: plain NIO, so that it shares no error with the machine that it tests.
 */
@NullMarked
package org.stationmaster.testkit;

import org.jspecify.annotations.NullMarked;
