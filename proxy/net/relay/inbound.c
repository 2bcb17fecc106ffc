/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The other way: who connects to a port of the host's loopback that the profile names reaches the box's.  A socket of
 * the box's network is asked for, and connected to 127.0.0.1 there, or, where nothing listens, to ::1 (what a program
 * means by "localhost" is either). */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "relay/connection.h"

enum { WAIT_MS = 10000 };

static void ask_for_socket(Connection *connection);

static void try_next(Connection *connection)
{
        (void)fd_close(loop_remove(connection->relay->loop, &connection->server));
        if (!connection->inbound_6) {
                connection->inbound_6 = true;
                ask_for_socket(connection);
                return;
        }
        connection_tell(connection, "nothing listens there", NULL, NULL);
        connection_reset(connection);
}

static void on_server(Watch *watch, uint32_t events)
{
        Connection *connection = (Connection *)(void *)((char *)watch - offsetof(Connection, server));
        socklen_t n = sizeof(int);
        int error = 0;

        (void)events;
        if (getsockopt(watch->fd, SOL_SOCKET, SO_ERROR, &error, &n) == 0 && error == 0)
                stream_open(connection, loop_remove(connection->relay->loop, watch), NULL);
        else
                try_next(connection);
}

static void on_socket(void *data, int fd)
{
        Connection *connection = data;
        struct sockaddr_in6 six = { .sin6_family = AF_INET6,
                                    .sin6_port = htons(connection->port),
                                    .sin6_addr = in6addr_loopback };
        struct sockaddr_in four = { .sin_family = AF_INET,
                                    .sin_port = htons(connection->port),
                                    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        bool is_six = connection->inbound_6;

        connection_wait(connection, DIALING, WAIT_MS);
        if (fd < 0 || (connect(fd, is_six ? (const struct sockaddr *)&six : (const struct sockaddr *)&four,
                               is_six ? sizeof six : sizeof four) < 0 &&
                       errno != EINPROGRESS)) {
                (void)fd_close(fd);
                try_next(connection);
        } else if (loop_add(connection->relay->loop, &connection->server, fd, EPOLLOUT, on_server) < 0) {
                (void)fd_close(fd);
                connection_reset(connection);
        }
}

static void ask_for_socket(Connection *connection)
{
        connection_wait(connection, BEARING, WAIT_MS);
        if (birth_ask(connection->relay->birth, connection->inbound_6, on_socket, connection) < 0) {
                connection->state = DIALING; /* nothing to forget */
                connection_reset(connection);
        }
}

static void on_client(Watch *watch, uint32_t events)
{
        Connection *connection = (Connection *)(void *)((char *)watch - offsetof(Connection, client));

        if (connection->state == OPEN)
                stream_move(connection, events);
        else if ((events & (EPOLLERR | EPOLLHUP)) != 0)
                connection_reset(connection);
}

void relay_take_inbound(Relay *relay, int fd, uint16_t port)
{
        Connection *connection = connection_new(relay, fd, on_client);

        if (connection == NULL)
                return;
        connection->inbound = connection->checked = true;
        connection->via = "port-in";
        connection->host = strdup("127.0.0.1");
        connection->port = port;
        connection->judgement.rule = "ports-in";
        if (connection->host == NULL)
                connection_end(connection);
        else
                ask_for_socket(connection);
}
