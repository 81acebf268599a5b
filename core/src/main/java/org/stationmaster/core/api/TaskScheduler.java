package org.stationmaster.core.api;

import org.jspecify.annotations.Nullable;

/**
 * What users extend: it makes the task for a source. The machine runs it in the slot that the assignator chose.
 *
 * <p>For workers in processes of their own, the class must be named and have a public no-argument constructor.
 */
public abstract class TaskScheduler {
    /**
     * Makes the task for a source. Called once for each activation, on the worker's loop: it must not block.
     *
     * @throws InvalidSourceException the metadata does not make a task; see {@link #validate}
     */
    protected abstract Task taskFor(Source source);

    /**
     * Whether a task can be made of the source. Called before an activation is accepted, from any thread.
     *
     * @throws InvalidSourceException naming the field that is wrong
     */
    protected void validate(Source source) {}

    /**
     * Sources with the same key are kept in one worker, where they can share a connection ({@link Task.Shared}); null: it
     * does not matter where the source is. Called on the supervisor's thread: it must not block.
     */
    protected @Nullable String connectionKey(Source source) {
        return null;
    }

    /** For the machine: {@link #connectionKey} through a door that is not part of what users extend. */
    public static @Nullable String keyOf(TaskScheduler scheduler, Source source) {
        return scheduler.connectionKey(source);
    }

    /** For the machine: {@link #taskFor} through a door that is not part of what users extend. */
    public static Task makeTask(TaskScheduler scheduler, Source source) {
        return scheduler.taskFor(source);
    }

    /** For the machine: {@link #validate} through a door that is not part of what users extend. */
    public static void check(TaskScheduler scheduler, Source source) {
        scheduler.validate(source);
    }
}
