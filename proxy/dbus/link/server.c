/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The event loop: one thread, one epoll.  Links are freed after each turn, in one place, since a later event of the
 * same turn may still name them. */
#include "link/server.h"

#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/rest.h"
#include "link/denials.h"
#include "link/link.h"
#include "link/questions.h"
#include "link/split-link.h"
#include "link/tracker-link.h"
#include "wire/address.h"

enum { LARGE_BYTES = 64 * 1024 };

typedef enum WatchKind {
        WATCH_LISTENER,
        WATCH_SIDE,
        WATCH_TRACKER,
        WATCH_SYNC,
        WATCH_MEDIATOR,
        WATCH_SIGNAL,
} WatchKind;

/* What an epoll event points at. */
typedef struct Watch {
        WatchKind kind;
        unsigned side; /* WATCH_SIDE: LinkSide or SplitSide */
        void *owner;
        uint32_t wants; /* 0: not in the set */
} Watch;

typedef struct Listener {
        Watch watch;
        int fd;
        const BusOptions *bus;
        char via[64];
        TrackerLink *tracker; /* made for the first client; NULL: none yet, or the bus left */
        Watch tracker_watch;
        bool tracker_lost; /* to be freed after its clients */
        Notices *notices;  /* of all its clients; NULL: nothing is guarded */
} Listener;

enum { SIDES_MAX = (int)_SPLIT_SIDE_MAX > (int)_LINK_SIDE_MAX ? (int)_SPLIT_SIDE_MAX : (int)_LINK_SIDE_MAX };

typedef struct Connection {
        Link *link; /* or */
        SplitLink *split;
        unsigned n_sides;
        Watch sides[SIDES_MAX];
        bool over;
        struct Connection *next;
} Connection;

typedef struct Server {
        int epoll, signals, mediator_fd;
        Watch signal_watch, sync_watch, mediator_watch;
        Listener listeners[OPTIONS_MAX_BUSES];
        size_t n_listeners;
        Connection *connections;
        size_t n_connections;
        bool any_over;
        LinkShared shared;
        Buffer gathered[_SPLIT_SIDE_MAX];
        uint8_t scratch[LINK_SCRATCH_BYTES];
} Server;

static int64_t now_ms(void)
{
        struct timespec now = { 0 };

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int watch_fd(Server *server, int fd, Watch *watch, uint32_t wants)
{
        struct epoll_event event = { .events = wants, .data.ptr = watch };

        watch->wants = wants;
        return epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

/* ---- listening ---- */

/* "/run/oriel-bus/system": "system-bus". */
static void name_bus(char *via, size_t n, const char *path)
{
        const char *slash = strrchr(path, '/');

        snprintf(via, n, "%s-bus", slash != NULL ? slash + 1 : path);
}

static int listen_at(const char *path)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        CLEANUP(fd_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        if (fd < 0)
                return -errno;
        if (strlen(path) >= sizeof address.sun_path)
                return -ENAMETOOLONG;
        strcpy(address.sun_path, path);
        if (unlink(path) < 0 && errno != ENOENT)
                return -errno;
        if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
                return -errno;
        if (listen(fd, SOMAXCONN) < 0) {
                int r = -errno;

                unlink(path);
                return r;
        }
        return fd_steal(&fd);
}

static int add_listener(Server *server, const BusOptions *bus)
{
        Listener *listener = &server->listeners[server->n_listeners];
        int fd = listen_at(bus->path);

        if (fd < 0)
                return fd;
        *listener = (Listener){ .watch = { .kind = WATCH_LISTENER, .owner = listener }, .fd = fd, .bus = bus };
        name_bus(listener->via, sizeof listener->via, bus->path);
        if (bus->filter && bus->guard) {
                listener->notices = notices_new();
                if (listener->notices == NULL) {
                        fd_close(fd);
                        return -ENOMEM;
                }
        }
        server->n_listeners++;
        return watch_fd(server, fd, &listener->watch, EPOLLIN);
}

/* ---- connections ---- */

static int connect_to(const WireAddress *address)
{
        static const struct timeval timeout = { .tv_sec = SERVER_CONNECT_TIMEOUT_S };
        CLEANUP(fd_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout) < 0 ||
            connect(fd, (const struct sockaddr *)&address->address, address->n_address) < 0)
                return -errno;
        return fd_steal(&fd);
}

/* This process connects, for each client anew: portals take the identity of the process that did.  An app that never
 * speaks to the bus leaves it alone. */
static int connect_to_bus(const char *addresses)
{
        WireAddress address = { 0 };
        int last = -EINVAL, r;

        while ((r = wire_address_next(&address, &addresses, getenv("XDG_RUNTIME_DIR"))) != -ENOENT) {
                int fd = r == 0 ? connect_to(&address) : r < 0 ? r : -EPROTONOSUPPORT;

                if (fd >= 0)
                        return fd;
                last = fd;
        }
        return last;
}

static bool is_same_user(int socket)
{
        struct ucred peer = { 0 };
        socklen_t n = sizeof peer;

        return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0 && peer.uid == geteuid();
}

static int side_socket(const Connection *connection, unsigned side)
{
        return connection->link != NULL ? link_socket(connection->link, (LinkSide)side)
                                        : split_link_socket(connection->split, (SplitSide)side);
}

static uint32_t side_wants(const Connection *connection, unsigned side)
{
        return connection->link != NULL ? link_wants(connection->link, (LinkSide)side)
                                        : split_link_wants(connection->split, (SplitSide)side);
}

/* Takes whichever is not NULL. */
static int add_connection(Server *server, Link *link, SplitLink *split)
{
        Connection *connection = calloc(1, sizeof *connection);

        if (connection == NULL) {
                link_free(link);
                split_link_free(split);
                return -ENOMEM;
        }
        connection->link = link;
        connection->split = split;
        connection->n_sides = link != NULL ? _LINK_SIDE_MAX : _SPLIT_SIDE_MAX;
        connection->next = server->connections;
        server->connections = connection;
        server->n_connections++;
        for (unsigned side = 0; side < connection->n_sides; side++) {
                Watch *watch = &connection->sides[side];
                uint32_t wants = side_wants(connection, side);
                int r;

                *watch = (Watch){ .kind = WATCH_SIDE, .side = side, .owner = connection };
                r = wants == 0 ? 0 : watch_fd(server, side_socket(connection, side), watch, wants);
                if (r < 0) {
                        connection->over = server->any_over = true;
                        return r;
                }
        }
        return 0;
}

/* NULL: the bus is not to be had. */
static TrackerLink *tracker_of(Server *server, Listener *listener)
{
        int bus = listener->tracker == NULL ? connect_to_bus(listener->bus->address) : -1;

        if (bus < 0)
                return listener->tracker;
        listener->tracker = tracker_link_new(listener->bus->policy, bus);
        listener->tracker_watch = (Watch){ .kind = WATCH_TRACKER, .owner = listener };
        if (listener->tracker != NULL &&
            watch_fd(server, tracker_link_socket(listener->tracker), &listener->tracker_watch,
                     tracker_link_wants(listener->tracker)) < 0) {
                tracker_link_free(listener->tracker);
                listener->tracker = NULL;
        }
        return listener->tracker;
}

/* Takes both sockets. */
static void take_split(Server *server, const BusOptions *bus, int client, int outer)
{
        int inner = connect_to_bus(bus->inner_address);
        SplitLink *split = NULL;

        if (inner < 0) {
                fprintf(stderr, "oriel-dbus-proxy: can't connect to %s: %s\n", bus->inner_address, strerror(-inner));
                fd_close(client);
                fd_close(outer);
                return;
        }
        split = split_link_new(server->gathered, bus, client, outer, inner);
        if (split != NULL)
                add_connection(server, NULL, split);
}

static void take_client(Server *server, Listener *listener, int fd)
{
        CLEANUP(fd_closep) int client = fd;
        TrackerLink *tracker = NULL;
        LinkBus of = { 0 };
        int bus = -1;
        Link *link = NULL;

        if (server->n_connections >= SERVER_MAX_LINKS || !is_same_user(client))
                return;
        bus = connect_to_bus(listener->bus->address);
        if (bus < 0) {
                fprintf(stderr, "oriel-dbus-proxy: can't connect to %s: %s\n", listener->bus->address, strerror(-bus));
                return;
        }
        if (listener->bus->inner_address != NULL) {
                take_split(server, listener->bus, fd_steal(&client), bus);
                return;
        }
        if (listener->bus->filter && tracker_is_needed(listener->bus->policy)) {
                tracker = tracker_of(server, listener);
                if (tracker == NULL) {
                        fd_close(bus);
                        return;
                }
        }
        of = (LinkBus){ listener->bus, listener->via, tracker, listener->notices };
        link = link_new(&server->shared, &of, fd_steal(&client), bus);
        if (link != NULL)
                add_connection(server, link, NULL);
}

static void on_listener(Server *server, Listener *listener)
{
        int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC);

        if (fd >= 0) {
                take_client(server, listener, fd);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
                /* Until a connection ends: the listener would wake the loop without end. */
                epoll_ctl(server->epoll, EPOLL_CTL_DEL, listener->fd, NULL);
                listener->watch.wants = 0;
        }
}

static void update(Server *server, Connection *connection)
{
        for (unsigned side = 0; side < connection->n_sides; side++) {
                Watch *watch = &connection->sides[side];
                uint32_t wants = side_wants(connection, side);
                struct epoll_event event = { .events = wants, .data.ptr = watch };

                if (wants == watch->wants)
                        continue;
                epoll_ctl(server->epoll,
                          wants == 0          ? EPOLL_CTL_DEL
                          : watch->wants == 0 ? EPOLL_CTL_ADD
                                              : EPOLL_CTL_MOD,
                          side_socket(connection, side), &event);
                watch->wants = wants;
        }
}

static void on_connection(Server *server, Connection *connection, unsigned side, uint32_t events)
{
        bool lasts;

        if (connection->over)
                return;
        lasts = connection->link != NULL ? link_handle(connection->link, (LinkSide)side, events)
                                         : split_link_handle(connection->split, (SplitSide)side, events,
                                                             server->shared.scratch, sizeof server->scratch);
        if (lasts)
                update(server, connection);
        else
                connection->over = server->any_over = true;
}

static void free_those_over(Server *server)
{
        Connection **at = &server->connections;

        if (!server->any_over)
                return;
        server->any_over = false;
        while (*at != NULL) {
                Connection *connection = *at;

                if (!connection->over) {
                        at = &connection->next;
                        continue;
                }
                *at = connection->next;
                link_free(connection->link);
                split_link_free(connection->split);
                free(connection);
                server->n_connections--;
        }
        for (size_t i = 0; i < server->n_listeners; i++) {
                if (!server->listeners[i].tracker_lost)
                        continue;
                tracker_link_free(server->listeners[i].tracker);
                server->listeners[i].tracker = NULL;
                server->listeners[i].tracker_lost = false;
                notices_forget(server->listeners[i].notices); /* the next one knows peers by other numbers */
        }
        for (size_t i = 0; i < server->n_listeners; i++)
                if (server->listeners[i].watch.wants == 0)
                        watch_fd(server, server->listeners[i].fd, &server->listeners[i].watch, EPOLLIN);
}

/* What the tracker wants may have changed by any link's question. */
static void update_trackers(Server *server)
{
        for (size_t i = 0; i < server->n_listeners; i++) {
                Listener *listener = &server->listeners[i];
                Watch *watch = &listener->tracker_watch;
                struct epoll_event event = { .data.ptr = watch };

                if (listener->tracker == NULL || watch->wants == tracker_link_wants(listener->tracker))
                        continue;
                event.events = watch->wants = tracker_link_wants(listener->tracker);
                epoll_ctl(server->epoll, EPOLL_CTL_MOD, tracker_link_socket(listener->tracker), &event);
        }
}

/* Without its tracker a client would be judged by what is no longer so: it is sent away, as when the bus leaves. */
static void on_tracker(Server *server, Listener *listener, uint32_t events)
{
        TrackerLink *tracker = listener->tracker;
        bool lasts =
                tracker != NULL && tracker_link_handle(tracker, events, server->shared.scratch, sizeof server->scratch);

        for (Connection *connection = server->connections; tracker != NULL && connection != NULL;
             connection = connection->next) {
                if (connection->over || connection->link == NULL || link_tracker(connection->link) != tracker)
                        continue;
                if (lasts && link_resume(connection->link))
                        update(server, connection);
                else
                        connection->over = server->any_over = true;
        }
        if (!lasts)
                listener->tracker_lost = server->any_over = tracker != NULL;
}

/* The front end answers questions.  Without it there is nobody to ask, or to tell. */
static void on_mediator(Server *server, int mediator)
{
        uint64_t seq = 0;
        bool allow = false;
        int r = questions_receive(server->shared.questions, &seq, &allow);

        if (r < 0)
                epoll_ctl(server->epoll, EPOLL_CTL_DEL, mediator, NULL);
        for (Connection *connection = server->connections; r > 0 && connection != NULL; connection = connection->next)
                if (!connection->over && connection->link != NULL && link_answer(connection->link, seq, allow)) {
                        update(server, connection);
                        break;
                }
}

/* ---- the loop ---- */

#define SYNC_ENDED INT_MAX

/* 0: go on; else the signal's number, or SYNC_ENDED. */
static int on_event(Server *server, const struct epoll_event *event)
{
        Watch *watch = event->data.ptr;
        struct signalfd_siginfo info = { 0 };

        switch (watch->kind) {
        case WATCH_LISTENER:
                on_listener(server, watch->owner);
                return 0;
        case WATCH_SIDE:
                on_connection(server, watch->owner, watch->side, event->events);
                return 0;
        case WATCH_TRACKER:
                on_tracker(server, watch->owner, event->events);
                return 0;
        case WATCH_MEDIATOR:
                on_mediator(server, *(const int *)watch->owner);
                return 0;
        case WATCH_SYNC:
                return (event->events & (EPOLLHUP | EPOLLERR)) != 0 ? SYNC_ENDED : 0;
        case WATCH_SIGNAL:
        default:
                return read(server->signals, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : 0;
        }
}

static int timeout_of(const Server *server)
{
        int64_t due = server->shared.denials != NULL ? denials_due(server->shared.denials) : -1, now = now_ms();

        if (due < 0)
                return -1;
        return due > now ? (int)(due - now) : 0;
}

static int serve(Server *server)
{
        struct epoll_event events[32];
        Rest rest = { false };
        int end = 0;

        while (end == 0) {
                int n = rest_epoll_wait(&rest, server->epoll, events, sizeof events / sizeof *events,
                                        timeout_of(server));

                if (server->shared.denials != NULL)
                        server->shared.now_ms = now_ms();
                for (int i = 0; i < n && end == 0; i++)
                        end = on_event(server, &events[i]);
                free_those_over(server);
                update_trackers(server);
                if (server->shared.denials != NULL)
                        denials_flush(server->shared.denials, server->shared.now_ms);
        }
        return end == SYNC_ENDED ? 0 : end;
}

static int watch_signals(Server *server)
{
        sigset_t set;

        sigemptyset(&set);
        sigaddset(&set, SIGTERM);
        sigaddset(&set, SIGINT);
        if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
                return -errno;
        server->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
        if (server->signals < 0)
                return -errno;
        server->signal_watch.kind = WATCH_SIGNAL;
        return watch_fd(server, server->signals, &server->signal_watch, EPOLLIN);
}

/* Two descriptors a connection, and those that travel. */
static void raise_limit(void)
{
        struct rlimit limit = { 0 };

        if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= 4096)
                return;
        limit.rlim_cur = limit.rlim_max < 4096 ? limit.rlim_max : 4096;
        setrlimit(RLIMIT_NOFILE, &limit);
}

static int start(Server *server, const Options *options, Buffer *error)
{
        int r = watch_signals(server);

        if (r < 0) {
                buffer_printf(error, "can't watch signals: %s", strerror(-r));
                return -1;
        }
        if (options->mediator_fd >= 0) {
                server->shared.denials = denials_new(options->mediator_fd);
                server->shared.questions = questions_new(options->mediator_fd);
                fd_set_cloexec(options->mediator_fd, true);
                server->mediator_watch = (Watch){ .kind = WATCH_MEDIATOR, .owner = &server->mediator_fd };
                server->mediator_fd = options->mediator_fd;
                if (server->shared.questions == NULL ||
                    watch_fd(server, options->mediator_fd, &server->mediator_watch, EPOLLIN) < 0) {
                        buffer_printf(error, "can't use descriptor %d", options->mediator_fd);
                        return -1;
                }
        }
        for (size_t i = 0; i < options->n_buses; i++) {
                r = add_listener(server, &options->buses[i]);
                if (r < 0) {
                        buffer_printf(error, "can't listen at %s: %s", options->buses[i].path, strerror(-r));
                        return -1;
                }
        }
        if (options->sync_fd < 0)
                return 0;
        r = fd_write_all(options->sync_fd, "x", 1);
        server->sync_watch.kind = WATCH_SYNC;
        if (r == 0)
                r = watch_fd(server, options->sync_fd, &server->sync_watch, EPOLLET);
        if (r < 0)
                buffer_printf(error, "can't use descriptor %d: %s", options->sync_fd, strerror(-r));
        return r < 0 ? -1 : 0;
}

static void stop(Server *server)
{
        for (Connection *connection = server->connections; connection != NULL; connection = connection->next)
                connection->over = server->any_over = true;
        free_those_over(server);
        for (size_t i = 0; i < server->n_listeners; i++) {
                tracker_link_free(server->listeners[i].tracker);
                notices_free(server->listeners[i].notices);
                unlink(server->listeners[i].bus->path);
                fd_close(server->listeners[i].fd);
        }
        if (server->shared.denials != NULL)
                denials_free(server->shared.denials);
        questions_free(server->shared.questions);
        for (SplitSide side = 0; side < _SPLIT_SIDE_MAX; side++)
                buffer_clear(&server->gathered[side]);
        fd_close(server->signals);
        fd_close(server->epoll);
}

int server_run(const Options *options, Buffer *error)
{
        CLEANUP(freep) Server *server = calloc(1, sizeof *server);
        int r;

        if (server == NULL) {
                buffer_add_text(error, strerror(ENOMEM));
                return -1;
        }
        server->shared.scratch = server->scratch;
        server->signals = -1;
        server->epoll = epoll_create1(EPOLL_CLOEXEC);
        raise_limit();
        signal(SIGPIPE, SIG_IGN); /* the log's reader may go away */
        /* What a burst needed goes back to the kernel; by itself the C library learns to keep ever larger pieces. */
        mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
        mallopt(M_TRIM_THRESHOLD, LARGE_BYTES);
        r = start(server, options, error);
        if (r == 0)
                r = serve(server);
        stop(server);
        return r;
}
