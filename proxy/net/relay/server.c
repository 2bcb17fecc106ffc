/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The loop, and what listens: the box's name server, the proxy's port, and the ports on which the box's own addresses
 * are served. */
#include "relay/server.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "dns/dns-message.h"
#include "relay/name-server.h"
#include "relay/relay.h"

enum {
        ACCEPTS = 64,         /* of one listener, before others get their turn */
        FDS_OF_OURS = 256,    /* listeners, lookups, pipes */
        FDS_A_CONNECTION = 2, /* beside pipes, which are held only while bytes are in them */
        MAX_CONNECTIONS = 65536,
        MAX_DNS_TCP = 32,
        DNS_TCP_MS = 10000,
        BACKLOG = 1024,
};

typedef struct Server Server;

typedef struct Listener {
        Watch watch;
        Server *server;
        OptionsListener kind;
        uint16_t inside; /* not 0: it is on the host's loopback, and leads to that port of the box's */
} Listener;

/* A question over TCP: two bytes of length before it. */
typedef struct DnsClient {
        Watch watch;
        Buried buried;
        Server *server;
        uint8_t bytes[2 + DNS_MAX_BYTES];
        size_t n;
        int64_t deadline_ms;
} DnsClient;

struct Server {
        Loop loop;
        FakeNames *names;
        NameServer *name_server;
        Relay *relay;
        Listener listeners[OPTIONS_MAX_LISTENERS + OPTIONS_MAX_PORTS];
        size_t n_listeners;
        Watch mediator;
        DnsClient *dns_clients[MAX_DNS_TCP];
        size_t n_dns_clients;
        bool paused, over;
};

static bool answer(Server *server, const uint8_t *untrusted, size_t n, Buffer *text)
{
        char refused[HOST_NAME_MAX_BYTES + 1] = "";
        bool answered = name_server_answer(server->name_server, untrusted, n, loop_now_ms(), text, refused);

        if (refused[0] != '\0')
                relay_report_name(server->relay, refused);
        return answered;
}

static void on_dns_udp(Listener *listener)
{
        uint8_t packet[DNS_MAX_BYTES];

        for (int i = 0; i < ACCEPTS; i++) {
                struct sockaddr_storage from = { 0 };
                socklen_t n_from = sizeof from;
                CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
                ssize_t n = recvfrom(listener->watch.fd, packet, sizeof packet, MSG_DONTWAIT, (struct sockaddr *)&from,
                                     &n_from);

                if (n < 0)
                        return;
                if (answer(listener->server, packet, (size_t)n, &text))
                        (void)sendto(listener->watch.fd, text.bytes, text.n, MSG_DONTWAIT | MSG_NOSIGNAL,
                                     (const struct sockaddr *)&from, n_from);
        }
}

static void release_dns(Buried *buried)
{
        free((char *)buried - offsetof(DnsClient, buried));
}

static void end_dns(DnsClient *client)
{
        Server *server = client->server;

        for (size_t i = 0; i < server->n_dns_clients; i++)
                if (server->dns_clients[i] == client) {
                        server->dns_clients[i] = server->dns_clients[--server->n_dns_clients];
                        break;
                }
        (void)fd_close(loop_remove(&server->loop, &client->watch));
        loop_bury(&server->loop, &client->buried, release_dns);
}

/* The first whole question that was read; 0: there is none, -1: the client can't be served on. */
static int answer_first(DnsClient *client)
{
        size_t length = client->n < 2 ? 0 : (size_t)client->bytes[0] << 8 | client->bytes[1];
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

        if (client->n < 2 || (length <= DNS_MAX_BYTES && client->n < 2 + length))
                return 0;
        if (length > DNS_MAX_BYTES)
                return -1;
        buffer_add(&text, "\0\0", 2);
        if (!answer(client->server, client->bytes + 2, length, &text))
                return -1;
        text.bytes[0] = (char)((text.n - 2) >> 8);
        text.bytes[1] = (char)(text.n - 2);
        if (send(client->watch.fd, text.bytes, text.n, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)text.n)
                return -1;
        client->n -= 2 + length;
        memmove(client->bytes, client->bytes + 2 + length, client->n);
        return 1;
}

static void on_dns_client(Watch *watch, uint32_t events)
{
        DnsClient *client = (DnsClient *)(void *)watch;
        ssize_t n = recv(watch->fd, client->bytes + client->n, sizeof client->bytes - client->n, MSG_DONTWAIT);
        int r = 1;

        (void)events;
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return;
        if (n <= 0) {
                end_dns(client);
                return;
        }
        client->n += (size_t)n;
        while (r > 0)
                r = answer_first(client);
        if (r < 0)
                end_dns(client);
}

static void take_dns(Server *server, int fd)
{
        DnsClient *client = server->n_dns_clients < MAX_DNS_TCP ? calloc(1, sizeof *client) : NULL;

        if (client == NULL || loop_add(&server->loop, &client->watch, fd, EPOLLIN, on_dns_client) < 0) {
                free(client);
                (void)fd_close(fd);
                return;
        }
        client->server = server;
        client->deadline_ms = loop_now_ms() + DNS_TCP_MS;
        server->dns_clients[server->n_dns_clients++] = client;
}

/* While there is no room, connections wait in the kernel's queues. */
static void pause_listeners(Server *server, bool paused)
{
        if (server->paused == paused)
                return;
        server->paused = paused;
        for (size_t i = 0; i < server->n_listeners; i++)
                if (server->listeners[i].kind == OPTIONS_TCP || server->listeners[i].kind == OPTIONS_PROXY)
                        loop_change(&server->loop, &server->listeners[i].watch, paused ? 0 : EPOLLIN);
}

static void on_listener(Watch *watch, uint32_t events)
{
        Listener *listener = (Listener *)(void *)watch;
        Server *server = listener->server;

        (void)events;
        if (listener->kind == OPTIONS_DNS_UDP) {
                on_dns_udp(listener);
                return;
        }
        for (int i = 0; i < ACCEPTS && !relay_is_full(server->relay); i++) {
                int fd = accept4(watch->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

                if (fd < 0)
                        return;
                if (listener->inside != 0)
                        relay_take_inbound(server->relay, fd, listener->inside);
                else if (listener->kind == OPTIONS_DNS_TCP)
                        take_dns(server, fd);
                else
                        relay_take(server->relay, fd, listener->kind == OPTIONS_PROXY);
        }
}

static void on_mediator(Watch *watch, uint32_t events)
{
        Server *server = (Server *)(void *)((char *)watch - offsetof(Server, mediator));

        (void)events;
        if (!relay_on_mediator(server->relay))
                server->over = true;
}

static int64_t on_time(Server *server)
{
        int64_t due = relay_on_time(server->relay), now = server->n_dns_clients > 0 ? loop_now_ms() : 0;

        for (size_t i = server->n_dns_clients; i > 0; i--)
                if (server->dns_clients[i - 1]->deadline_ms <= now)
                        end_dns(server->dns_clients[i - 1]);
        if (server->n_dns_clients > 0 && (due < 0 || due > 1000))
                due = 1000;
        pause_listeners(server, relay_is_full(server->relay));
        return due;
}

/* As many descriptors as this process may have, and the connections that they are enough for. */
static size_t make_room(void)
{
        struct rlimit limit = { 0 };
        size_t n;

        if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
                return 64;
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
        if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur <= 2 * FDS_OF_OURS)
                return 64;
        n = (limit.rlim_cur - FDS_OF_OURS) / FDS_A_CONNECTION;
        return n > MAX_CONNECTIONS ? MAX_CONNECTIONS : n;
}

/* Ports of the host's loopback.  One that is taken already is a fault that the person can mend. */
static int listen_on_host(Server *server, const Options *options, Buffer *error)
{
        for (size_t i = 0; i < options->n_ports; i++) {
                struct sockaddr_in address = { .sin_family = AF_INET,
                                               .sin_port = htons(options->ports[i].outside),
                                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
                CLEANUP(fd_closep) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
                Listener *listener = &server->listeners[server->n_listeners];
                int on = 1;

                if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
                    bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 || listen(fd, BACKLOG) < 0) {
                        int r = -errno;

                        relay_report_port(server->relay, options->ports[i].outside, strerror(-r));
                        buffer_printf(error, "can't listen on the host's 127.0.0.1:%u: %s", options->ports[i].outside,
                                      strerror(-r));
                        return r;
                }
                listener->server = server;
                listener->kind = OPTIONS_TCP;
                listener->inside = options->ports[i].inside;
                if (loop_add(&server->loop, &listener->watch, fd, EPOLLIN, on_listener) < 0)
                        return -ENOMEM;
                server->n_listeners++;
                (void)fd_steal(&fd);
        }
        return 0;
}

static int open_server(Server *server, const Options *options, Buffer *error)
{
        int r = loop_init(&server->loop);

        server->mediator.fd = -1;
        server->names = fake_names_new();
        if (r == 0)
                r = server->names == NULL
                            ? -ENOMEM
                            : name_server_new(&server->name_server, options->policy, server->names, options->names);
        if (r < 0)
                return r;
        if (options->mediator_fd >= 0)
                (void)fcntl(options->mediator_fd, F_SETFL, O_NONBLOCK);
        server->relay = relay_new(&server->loop, options->policy, server->names, options->mediator_fd);
        if (server->relay == NULL)
                return -ENOMEM;
        relay_set_room(server->relay, make_room());
        relay_set_budgets(server->relay, options->budgets);
        if (options->mediator_fd >= 0)
                r = loop_add(&server->loop, &server->mediator, options->mediator_fd, EPOLLIN, on_mediator);
        for (size_t i = 0; i < options->n_listeners && r == 0; i++) {
                Listener *listener = &server->listeners[server->n_listeners++];

                listener->server = server;
                listener->kind = options->listeners[i].kind;
                r = loop_add(&server->loop, &listener->watch, options->listeners[i].fd, EPOLLIN, on_listener);
        }
        if (r == 0 && options->credential_fd >= 0)
                r = relay_set_credentials(server->relay, options->credential_fd, options->credentials,
                                          options->n_credentials);
        if (r == 0 && options->birth_fd >= 0)
                r = relay_set_birth(server->relay, options->birth_fd);
        if (r == 0 && options->birth_fd >= 0)
                r = listen_on_host(server, options, error);
        return r;
}

static void close_server(Server *server)
{
        relay_free(server->relay);
        while (server->n_dns_clients > 0)
                end_dns(server->dns_clients[0]);
        name_server_free(server->name_server);
        fake_names_free(server->names);
        loop_clear(&server->loop);
        free(server);
}

int relay_server_run(const Options *options, Buffer *error)
{
        Server *server = calloc(1, sizeof *server);
        int r = server == NULL ? -ENOMEM : open_server(server, options, error);

        if (r == 0 && options->ready_fd >= 0)
                r = fd_write_all(options->ready_fd, "\n", 1);
        if (options->ready_fd >= 0)
                (void)fd_close(options->ready_fd);
        while (r == 0 && !server->over) {
                int64_t due = on_time(server);

                loop_run_once(&server->loop, due > INT32_MAX ? INT32_MAX : (int)due);
        }
        if (r < 0 && error->n == 0)
                buffer_printf(error, "can't serve: %s", strerror(-r));
        if (server != NULL)
                close_server(server);
        return r;
}
