/**
 * Alarms, for people who are not at the console. {@link org.stationmaster.server.alarm.AlarmRules} says what is wrong now,
 * {@link org.stationmaster.server.alarm.AlarmBook} what of it has lasted long enough to be told,
 * {@link org.stationmaster.server.alarm.AlarmWatch} looks once a second and tells the receivers.
 */
@NullMarked
package org.stationmaster.server.alarm;

import org.jspecify.annotations.NullMarked;
