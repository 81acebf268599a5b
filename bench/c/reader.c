/*
 * A bare reader: what it costs at least to take length-prefixed frames from many TCP connections on Linux.
 *
 *     reader HOST PORT CONNECTIONS WARMUP_SECONDS SECONDS
 *
 * Connects one after the other, says hello on each (a frame with the station's id), then: epoll_wait, one read for each
 * ready socket into one shared buffer, parse, count. Level-triggered; a partial frame is kept per connection until its
 * rest has come. After the warm-up it measures for SECONDS and prints one line of JSON.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER_BYTES = 64 * 1024, EVENTS = 4096, LIMIT_BYTES = 1 << 20, HEADER_BYTES = 4 };

struct connection {
    int fd;
    uint32_t rest_bytes;    /* of a partial frame, header included */
    uint32_t rest_capacity;
    unsigned char *rest;
};

static uint64_t records, payload_bytes, reads, waits;

static void fail(const char *what) {
    fprintf(stderr, "reader: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t now_nanos(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int64_t cpu_micros(void) {
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (int64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000LL + u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

/* How long this process could have run and had no core. */
static int64_t waited_micros(void) {
    unsigned long long ran = 0, waited = 0;
    FILE *f = fopen("/proc/self/schedstat", "r");
    if (f == NULL || fscanf(f, "%llu %llu", &ran, &waited) != 2) {
        fail("/proc/self/schedstat");
    }
    fclose(f);
    return (int64_t)(waited / 1000);
}

static uint32_t be32(const unsigned char *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Counts whole frames; returns how many bytes they were. */
static uint32_t parse(const unsigned char *bytes, uint32_t count) {
    uint32_t at = 0;
    while (count - at >= HEADER_BYTES) {
        uint32_t length = be32(bytes + at);
        if (length > LIMIT_BYTES) {
            fprintf(stderr, "reader: a frame of %u bytes\n", length);
            exit(1);
        }
        if (count - at - HEADER_BYTES < length) {
            break;
        }
        records++;
        payload_bytes += length;
        at += HEADER_BYTES + length;
    }
    return at;
}

static void keep(struct connection *c, const unsigned char *bytes, uint32_t count) {
    uint32_t needed = c->rest_bytes + count;
    if (needed > c->rest_capacity) {
        c->rest_capacity = needed * 2;
        c->rest = realloc(c->rest, c->rest_capacity);
        if (c->rest == NULL) {
            fail("realloc");
        }
    }
    memcpy(c->rest + c->rest_bytes, bytes, count);
    c->rest_bytes = needed;
}

static void take(struct connection *c, const unsigned char *bytes, uint32_t count) {
    if (c->rest_bytes == 0) {
        uint32_t used = parse(bytes, count);
        if (used < count) {
            keep(c, bytes + used, count - used);
        }
        return;
    }
    keep(c, bytes, count);
    uint32_t used = parse(c->rest, c->rest_bytes);
    memmove(c->rest, c->rest + used, c->rest_bytes - used);
    c->rest_bytes -= used;
}

static int open_connection(const struct sockaddr_in *to, int index) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        fail("socket");
    }
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, (const struct sockaddr *)to, sizeof *to) != 0) {
        fail("connect");
    }
    unsigned char hello[32];
    int length = snprintf((char *)hello + HEADER_BYTES, sizeof hello - HEADER_BYTES, "SIM%05d", index);
    hello[0] = hello[1] = hello[2] = 0;
    hello[3] = (unsigned char)length;
    if (write(fd, hello, HEADER_BYTES + length) != HEADER_BYTES + length) {
        fail("hello");
    }
    if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0) {
        fail("fcntl");
    }
    return fd;
}

static void turn(int epoll, struct epoll_event *events, unsigned char *buffer) {
    int ready = epoll_wait(epoll, events, EVENTS, 100);
    if (ready < 0 && errno != EINTR) {
        fail("epoll_wait");
    }
    waits++;
    for (int i = 0; i < ready; i++) {
        struct connection *c = events[i].data.ptr;
        ssize_t count = read(c->fd, buffer, BUFFER_BYTES);
        reads++;
        if (count > 0) {
            take(c, buffer, (uint32_t)count);
        } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
            errno = count == 0 ? ECONNRESET : errno;
            fail("the generator closed a connection");
        }
    }
}

static void run_until(int64_t end_nanos, int epoll, struct epoll_event *events, unsigned char *buffer) {
    while (now_nanos() < end_nanos) {
        turn(epoll, events, buffer);
    }
}

int main(int argc, char **argv) {
    if (argc != 6) {
        fprintf(stderr, "usage: reader HOST PORT CONNECTIONS WARMUP_SECONDS SECONDS\n");
        return 2;
    }
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[2]))};
    if (inet_pton(AF_INET, argv[1], &to.sin_addr) != 1) {
        fprintf(stderr, "reader: '%s' is no IPv4 address\n", argv[1]);
        return 2;
    }
    int count = atoi(argv[3]);
    struct connection *connections = calloc((size_t)count, sizeof *connections);
    struct epoll_event *events = calloc(EVENTS, sizeof *events);
    unsigned char *buffer = malloc(BUFFER_BYTES);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (connections == NULL || events == NULL || buffer == NULL || epoll < 0) {
        fail("set-up");
    }
    for (int i = 0; i < count; i++) {
        connections[i].fd = open_connection(&to, i);
        struct epoll_event want = {.events = EPOLLIN, .data.ptr = &connections[i]};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, connections[i].fd, &want) != 0) {
            fail("epoll_ctl");
        }
    }
    run_until(now_nanos() + atoi(argv[4]) * 1000000000LL, epoll, events, buffer);

    records = payload_bytes = reads = waits = 0;
    int64_t waited = waited_micros();
    int64_t cpu = cpu_micros();
    int64_t begin = now_nanos();
    run_until(begin + atoi(argv[5]) * 1000000000LL, epoll, events, buffer);
    double seconds = (now_nanos() - begin) / 1e9;
    cpu = cpu_micros() - cpu;
    waited = waited_micros() - waited;
    printf("{\"records\":%llu,\"bytes\":%llu,\"seconds\":%.3f,\"cpu_micros\":%lld,\"cpu_micros_total\":%lld,"
           "\"micros_per_record\":%.3f,\"waited_micros\":%lld,\"reads\":%llu,\"waits\":%llu}\n",
           (unsigned long long)records, (unsigned long long)payload_bytes, seconds, (long long)cpu,
           (long long)cpu_micros(), records == 0 ? 0.0 : (double)cpu / (double)records, (long long)waited,
           (unsigned long long)reads, (unsigned long long)waits);
    return 0;
}
