/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A peer on a message bus, by raw sockets: what is measured is the bus and what stands before it, not a library.
 *
 *      bus-load serve SOCKET NAME                    owns NAME, answers every call, until it is killed; "ready" on
 * stdout bus-load call SOCKET NAME CLIENTS WINDOW BODY CALLS CLIENTS connections, each with WINDOW calls under way and
 * BODY bytes of arguments, CALLS in all; prints JSON: calls_per_s, p50_us, p99_us, errors bus-load connect SOCKET
 * ROUNDS                connect, authenticate, Hello; p50_us, p99_us bus-load churn SOCKET NAME ROUNDS acquires and
 * releases NAME */

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "wire/body.h"
#include "wire/header.h"

#define BUS "org.freedesktop.DBus"

enum { ROOM = 1 << 21, CLIENTS_MAX = 64, WINDOW_MAX = 256 };

typedef struct Peer {
        int fd;
        uint8_t *in;
        size_t n_in;
        uint64_t drop; /* bytes of a message that was looked at */
        uint32_t serial;
        double sent_us[WINDOW_MAX]; /* by serial */
        Buffer out;
        size_t at;  /* of out, sent */
        bool waits; /* for the socket to take more of out */
} Peer;

static _Noreturn void die(const char *what)
{
        fprintf(stderr, "bus-load: %s: %s\n", what, strerror(errno));
        exit(1);
}

static double now_us(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void send_all(int fd, const void *bytes, size_t n)
{
        while (n > 0) {
                ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);

                if (sent < 0 && errno != EINTR)
                        die("send");
                bytes = (const char *)bytes + (sent > 0 ? sent : 0);
                n -= (size_t)(sent > 0 ? sent : 0);
        }
}

static void bus_call(Peer *peer, const char *member, const char *name, bool flags)
{
        CLEANUP(buffer_clear) Buffer body = BUFFER_INIT;
        CLEANUP(buffer_clear) Buffer message = BUFFER_INIT;
        WireHeader header = { .type = WIRE_CALL,
                              .serial = ++peer->serial,
                              .path = "/org/freedesktop/DBus",
                              .interface = BUS,
                              .member = member,
                              .destination = BUS,
                              .signature = name == NULL ? NULL
                                           : flags      ? "su"
                                                        : "s" };

        if (name != NULL)
                wire_put_string(&body, name);
        if (flags)
                wire_put_u32(&body, 4);
        wire_build(&message, &header, &body);
        send_all(peer->fd, message.bytes, message.n);
}

/* Reads until the answer to the last serial is there. */
static void await_answer(Peer *peer)
{
        for (;;) {
                WireHeader header = { 0 };
                ssize_t got;
                int r;

                while ((r = wire_header_scan(&header, peer->in, peer->n_in, WIRE_FROM_BUS)) == 0 &&
                       peer->n_in >= header.n_header + header.n_body) {
                        bool is_it = header.has_reply_serial && header.reply_serial == peer->serial;
                        size_t n = header.n_header + header.n_body;

                        memmove(peer->in, peer->in + n, peer->n_in - n);
                        peer->n_in -= n;
                        if (is_it)
                                return;
                }
                got = recv(peer->fd, peer->in + peer->n_in, ROOM - peer->n_in, 0);
                if (got <= 0)
                        die("the bus left");
                peer->n_in += (size_t)got;
        }
}

static void meet(Peer *peer, const char *path)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        static const char auth[] = "\0AUTH EXTERNAL\r\nDATA\r\n", begin[] = "BEGIN\r\n";
        size_t n = 0, lines = 0;

        if (strlen(path) >= sizeof address.sun_path) {
                errno = ENAMETOOLONG;
                die(path);
        }
        strcpy(address.sun_path, path);
        peer->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (peer->fd < 0 || connect(peer->fd, (struct sockaddr *)&address, sizeof address) < 0)
                die(path);
        send_all(peer->fd, auth, sizeof auth - 1);
        while (lines < 2) {
                char text[256];
                ssize_t got = recv(peer->fd, text, sizeof text, 0);

                if (got <= 0)
                        die("authentication");
                for (n = 0; n < (size_t)got; n++)
                        lines += text[n] == '\n';
        }
        send_all(peer->fd, begin, sizeof begin - 1);
        peer->n_in = 0;
        peer->drop = 0;
        bus_call(peer, "Hello", NULL, false);
        await_answer(peer);
}

static void peer_new(Peer *peer, const char *path)
{
        peer->in = malloc(ROOM);
        if (peer->in == NULL)
                die("memory");
        meet(peer, path);
}

/* Sends what waits; true: all is gone. */
static bool flush(Peer *peer)
{
        while (peer->at < peer->out.n) {
                ssize_t sent =
                        send(peer->fd, peer->out.bytes + peer->at, peer->out.n - peer->at, MSG_NOSIGNAL | MSG_DONTWAIT);

                if (sent < 0 && errno == EAGAIN)
                        return false;
                if (sent < 0)
                        die("send");
                peer->at += (size_t)sent;
        }
        peer->out.n = peer->at = 0;
        return true;
}

/* One read; on_message for each message, with its body if that is all there. */
static void take(Peer *peer, void (*on_message)(Peer *, const WireHeader *, const uint8_t *body, void *), void *data)
{
        ssize_t got = recv(peer->fd, peer->in + peer->n_in, ROOM - peer->n_in, MSG_DONTWAIT);
        size_t at = 0;

        if (got < 0 && errno == EAGAIN)
                return;
        if (got <= 0)
                die("the connection ended");
        peer->n_in += (size_t)got;
        while (at < peer->n_in) {
                WireHeader header = { 0 };
                size_t left = peer->n_in - at;

                if (peer->drop > 0) {
                        size_t n = peer->drop < left ? (size_t)peer->drop : left;

                        peer->drop -= n;
                        at += n;
                        if (peer->drop > 0)
                                break;
                        continue;
                }
                if (wire_header_scan(&header, peer->in + at, left, WIRE_FROM_BUS) != 0)
                        break;
                /* Answered when it is whole: a service reads its arguments. */
                if (left < header.n_header + header.n_body && header.n_header + header.n_body <= ROOM)
                        break;
                on_message(peer, &header,
                           left < header.n_header + header.n_body ? NULL : peer->in + at + header.n_header, data);
                peer->drop = header.n_header + header.n_body;
        }
        memmove(peer->in, peer->in + at, peer->n_in - at);
        peer->n_in -= at;
}

/* ---- serve ---- */

/* A number is given back, so that who asked knows which answer it is. */
static void answer(Peer *peer, const WireHeader *call, const uint8_t *body, void *data)
{
        CLEANUP(buffer_clear) Buffer number = BUFFER_INIT;
        WireHeader header = { .type = WIRE_RETURN,
                              .flags = WIRE_NO_REPLY_EXPECTED,
                              .serial = ++peer->serial,
                              .has_reply_serial = true,
                              .reply_serial = call->serial,
                              .destination = call->sender };
        (void)data;

        if (call->type != WIRE_CALL || (call->flags & WIRE_NO_REPLY_EXPECTED) != 0)
                return;
        if (body != NULL && call->signature != NULL && call->signature[0] == 'u') {
                WireReader reader = wire_reader(call, body);

                wire_put_u32(&number, wire_read_u32(&reader));
                header.signature = "u";
        }
        wire_build(&peer->out, &header, &number);
}

static _Noreturn void serve(const char *path, const char *name)
{
        Peer peer = { 0 };

        peer_new(&peer, path);
        bus_call(&peer, "RequestName", name, true);
        await_answer(&peer);
        puts("ready");
        fflush(stdout);
        for (;;) {
                struct pollfd event = { .fd = peer.fd, .events = peer.out.n > 0 ? POLLIN | POLLOUT : POLLIN };

                if (poll(&event, 1, -1) < 0 && errno != EINTR)
                        die("poll");
                if ((event.revents & (POLLIN | POLLHUP)) != 0)
                        take(&peer, answer, NULL);
                flush(&peer);
        }
}

/* ---- call ---- */

typedef struct Load {
        const char *name;
        size_t n_body, window, calls, sent, done, errors;
        double *took_us;
        Buffer body;
} Load;

static void put_call(Peer *peer, Load *load)
{
        WireHeader header = { .type = WIRE_CALL,
                              .serial = ++peer->serial,
                              .path = "/org/oriel/Bench",
                              .interface = "org.oriel.Bench",
                              .member = "Echo",
                              .destination = load->name,
                              .signature = load->n_body > 0 ? "ay" : NULL };

        peer->sent_us[peer->serial % WINDOW_MAX] = now_us();
        wire_build(&peer->out, &header, &load->body);
        load->sent++;
}

static void on_answer(Peer *peer, const WireHeader *header, const uint8_t *body, void *data)
{
        Load *load = data;

        (void)body;
        if (header->type != WIRE_RETURN && header->type != WIRE_ERROR)
                return;
        load->errors += header->type == WIRE_ERROR;
        load->took_us[load->done++] = now_us() - peer->sent_us[header->reply_serial % WINDOW_MAX];
        if (load->sent < load->calls)
                put_call(peer, load);
}

static int compare(const void *a, const void *b)
{
        const double *x = a, *y = b;

        return (*x > *y) - (*x < *y);
}

static void print_times(double *times, size_t n, double total_us, size_t errors)
{
        qsort(times, n, sizeof *times, compare);
        printf("{\"calls_per_s\": %.0f, \"p50_us\": %.2f, \"p99_us\": %.2f, \"errors\": %zu}\n",
               (double)n * 1e6 / total_us, times[n / 2], times[n * 99 / 100], errors);
}

static void send_out(int epoll, Peer *peer)
{
        bool waited = peer->waits;
        struct epoll_event event = { .events = EPOLLIN, .data.ptr = peer };

        peer->waits = !flush(peer);
        if (peer->waits)
                event.events |= EPOLLOUT;
        if (peer->waits != waited)
                epoll_ctl(epoll, EPOLL_CTL_MOD, peer->fd, &event);
}

static int call(const char *path, Load *load, size_t clients)
{
        static Peer peers[CLIENTS_MAX];
        int epoll = epoll_create1(EPOLL_CLOEXEC);
        double start;

        load->took_us = calloc(load->calls + 1, sizeof *load->took_us);
        if (load->took_us == NULL || epoll < 0)
                die("memory");
        if (load->n_body > 0) {
                wire_put_u32(&load->body, (uint32_t)load->n_body);
                for (size_t i = 0; i < load->n_body; i++)
                        buffer_add_byte(&load->body, 'x');
        }
        for (size_t i = 0; i < clients; i++) {
                struct epoll_event event = { .events = EPOLLIN, .data.ptr = &peers[i] };

                peer_new(&peers[i], path);
                epoll_ctl(epoll, EPOLL_CTL_ADD, peers[i].fd, &event);
        }
        start = now_us();
        for (size_t i = 0; i < clients; i++) {
                for (size_t j = 0; j < load->window && load->sent < load->calls; j++)
                        put_call(&peers[i], load);
                send_out(epoll, &peers[i]);
        }
        while (load->done < load->calls) {
                struct epoll_event events[CLIENTS_MAX];
                int n = epoll_wait(epoll, events, CLIENTS_MAX, 10000);

                if (n == 0) {
                        errno = ETIMEDOUT;
                        die("no answer");
                }
                for (int i = 0; i < n; i++) {
                        Peer *peer = events[i].data.ptr;

                        if ((events[i].events & ~(uint32_t)EPOLLOUT) != 0)
                                take(peer, on_answer, load);
                        send_out(epoll, peer);
                }
        }
        print_times(load->took_us, load->done, now_us() - start, load->errors);
        return 0;
}

/* ---- soak ---- */

typedef struct Soak {
        const char *path, *name;
        size_t calls, sent, done, wrong, reconnects;
        unsigned seed;
} Soak;

/* What one client of the soak is waiting for: numbers from .next on, below .last. */
typedef struct Soaker {
        Peer peer;
        uint32_t next, last;
} Soaker;

static unsigned dice(Soak *soak, unsigned sides)
{
        return (unsigned)rand_r(&soak->seed) % sides;
}

/* "uay": a number, and some bytes that nobody reads. */
static void put_number(Soaker *soaker, Soak *soak)
{
        CLEANUP(buffer_clear) Buffer body = BUFFER_INIT;
        uint32_t n_more = dice(soak, 64) == 0 ? dice(soak, 200000) : dice(soak, 300);
        WireHeader header = { .type = WIRE_CALL,
                              .serial = ++soaker->peer.serial,
                              .path = "/org/oriel/Bench",
                              .interface = "org.oriel.Bench",
                              .member = "Number",
                              .destination = soak->name,
                              .signature = "uay" };

        wire_put_u32(&body, soaker->last++);
        wire_put_u32(&body, n_more);
        for (uint32_t i = 0; i < n_more; i++)
                buffer_add_byte(&body, (char)i);
        wire_build(&soaker->peer.out, &header, &body);
        soak->sent++;
}

static void on_number(Peer *peer, const WireHeader *header, const uint8_t *body, void *data)
{
        Soaker *soaker = (Soaker *)(void *)peer; /* its first member */
        Soak *soak = data;
        WireReader reader = { 0 };

        if (header->type != WIRE_RETURN && header->type != WIRE_ERROR)
                return;
        if (header->type == WIRE_ERROR || body == NULL) {
                soak->wrong++;
                return;
        }
        reader = wire_reader(header, body);
        /* Lost, twice, or in another order: the number is not the next. */
        soak->wrong += wire_read_u32(&reader) != soaker->next;
        soaker->next++;
        soak->done++;
}

/* CLIENTS connections with some calls under way each, of which some leave without a word and come again. */
static int soak_bus(Soak *soak, size_t clients)
{
        Soaker *all = calloc(clients, sizeof *all);
        struct pollfd *fds = calloc(clients, sizeof *fds);

        if (all == NULL || fds == NULL)
                die("memory");
        for (size_t i = 0; i < clients; i++)
                peer_new(&all[i].peer, soak->path);
        while (soak->done < soak->calls) {
                for (size_t i = 0; i < clients; i++) {
                        if (dice(soak, 40) == 0) {
                                close(all[i].peer.fd);
                                all[i].peer.out.n = all[i].peer.at = 0;
                                all[i].next = all[i].last;
                                meet(&all[i].peer, soak->path);
                                soak->reconnects++;
                        }
                        while (all[i].last - all[i].next < 1 + i % 16)
                                put_number(&all[i], soak);
                        fds[i] = (struct pollfd){ .fd = all[i].peer.fd, .events = POLLIN };
                        if (!flush(&all[i].peer))
                                fds[i].events |= POLLOUT;
                }
                if (poll(fds, (nfds_t)clients, 10000) == 0) {
                        errno = ETIMEDOUT;
                        die("no answer");
                }
                for (size_t i = 0; i < clients; i++)
                        if ((fds[i].revents & (POLLIN | POLLHUP)) != 0)
                                take(&all[i].peer, on_number, soak);
        }
        printf("{\"sent\": %zu, \"answered\": %zu, \"wrong\": %zu, \"reconnects\": %zu}\n", soak->sent, soak->done,
               soak->wrong, soak->reconnects);
        return soak->wrong > 0;
}

/* ---- connect, churn ---- */

static int connect_often(const char *path, size_t rounds)
{
        double *times = calloc(rounds, sizeof *times), start = now_us();
        Peer peer = { .in = malloc(ROOM) };

        if (times == NULL || peer.in == NULL)
                die("memory");
        for (size_t i = 0; i < rounds; i++) {
                double begin = now_us();

                meet(&peer, path);
                times[i] = now_us() - begin;
                close(peer.fd);
        }
        print_times(times, rounds, now_us() - start, 0);
        return 0;
}

static int churn(const char *path, const char *name, size_t rounds)
{
        Peer peer = { 0 };

        peer_new(&peer, path);
        for (size_t i = 0; i < rounds; i++) {
                bus_call(&peer, "RequestName", name, true);
                await_answer(&peer);
                bus_call(&peer, "ReleaseName", name, false);
                await_answer(&peer);
        }
        return 0;
}

static size_t number(const char *text)
{
        return strtoul(text, NULL, 10);
}

int main(int argc, char **argv)
{
        if (argc == 4 && strcmp(argv[1], "serve") == 0)
                serve(argv[2], argv[3]);
        if (argc == 8 && strcmp(argv[1], "call") == 0) {
                Load load = {
                        .name = argv[3], .window = number(argv[5]), .n_body = number(argv[6]), .calls = number(argv[7])
                };

                if (number(argv[4]) <= CLIENTS_MAX && load.window <= WINDOW_MAX)
                        return call(argv[2], &load, number(argv[4]));
        }
        if (argc == 7 && strcmp(argv[1], "soak") == 0) {
                Soak soak = {
                        .path = argv[2], .name = argv[3], .calls = number(argv[5]), .seed = (unsigned)number(argv[6])
                };

                return soak_bus(&soak, number(argv[4]));
        }
        if (argc == 4 && strcmp(argv[1], "connect") == 0)
                return connect_often(argv[2], number(argv[3]));
        if (argc == 5 && strcmp(argv[1], "churn") == 0)
                return churn(argv[2], argv[3], number(argv[4]));
        fprintf(stderr, "usage: bus-load serve|call|connect|churn|soak SOCKET ...\n");
        return 2;
}
