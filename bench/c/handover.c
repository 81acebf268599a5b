/*
 * What two hand-overs between sleeping threads cost at least on this box: the floor of a wake (caller, supervisor, loop).
 *
 *     handover COUNT PER_SECOND
 *
 * Three threads in a row, each asleep in read(2) of an eventfd until the one before it writes; COUNT rounds at a steady
 * rate. Prints one line of JSON with the quantiles of first write to last read in milliseconds.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

static int first, second, done;
static double begun; /* of the round that runs; rounds do not overlap */
static double *millis;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static void take(int fd) {
    uint64_t value;
    if (read(fd, &value, sizeof value) != sizeof value) exit(1);
}

static void give(int fd) {
    uint64_t one = 1;
    if (write(fd, &one, sizeof one) != sizeof one) exit(1);
}

static void *middle(void *count) {
    for (long i = *(long *)count; i > 0; i--) {
        take(first);
        give(second);
    }
    return NULL;
}

static void *last(void *count) {
    for (long i = 0; i < *(long *)count; i++) {
        take(second);
        millis[i] = now() - begun;
        give(done);
    }
    return NULL;
}

static int by_size(const void *left, const void *right) {
    double difference = *(const double *)left - *(const double *)right;
    return (difference > 0) - (difference < 0);
}

int main(int count_of_arguments, char **arguments) {
    long count = count_of_arguments == 3 ? atol(arguments[1]) : 0;
    double per_second = count_of_arguments == 3 ? atof(arguments[2]) : 0;
    if (count < 1 || per_second <= 0) {
        fprintf(stderr, "usage: handover COUNT PER_SECOND\n");
        return 2;
    }
    first = eventfd(0, 0);
    second = eventfd(0, 0);
    done = eventfd(0, 0);
    millis = calloc(count, sizeof *millis);
    pthread_t threads[2];
    if (first < 0 || second < 0 || done < 0 || !millis || pthread_create(&threads[0], NULL, middle, &count)
        || pthread_create(&threads[1], NULL, last, &count)) {
        perror("handover");
        return 1;
    }
    struct timespec pause = {(time_t)(1 / per_second), (long)((1 / per_second - (time_t)(1 / per_second)) * 1e9)};
    for (long i = 0; i < count; i++) {
        nanosleep(&pause, NULL);
        begun = now();
        give(first);
        take(done);
    }
    qsort(millis, count, sizeof *millis, by_size);
    printf("{\"p50\":%.3f,\"p99\":%.3f,\"max\":%.3f,\"count\":%ld}\n", millis[count / 2], millis[count * 99 / 100],
           millis[count - 1], count);
    return 0;
}
