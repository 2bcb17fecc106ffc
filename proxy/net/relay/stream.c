/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An open connection: bytes go both ways.  The first ones of the program are held back until they are no TLS hello or
 * one whose name is the name that was judged; on port 443 they must be one. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "relay/connection.h"
#include "relay/tls-hello.h"

enum { TLS_PORT = 443 };

static void tell_bytes(Connection *connection)
{
        AuditRecord record = { .verdict = AUDIT_VERDICT_ALLOW };
        size_t out = connection->inbound ? TO_CLIENT : TO_SERVER;

        record.text[AUDIT_OP] = "close";
        record.text[AUDIT_VIA] = connection->via;
        record.text[AUDIT_HOST] = connection->host;
        record.number[AUDIT_PORT] = connection->port;
        record.number[AUDIT_BYTES_OUT] = (int64_t)connection->flows[out].n;
        record.number[AUDIT_BYTES_IN] = (int64_t)connection->flows[!out].n;
        report_add(connection->relay->report, &record, loop_now_ms());
}

static void end(Connection *connection, bool broken)
{
        tell_bytes(connection);
        if (broken)
                connection_reset(connection);
        else
                connection_end(connection);
}

/* What each side is waited for. */
static void update(Connection *connection)
{
        const Flow *up = &connection->flows[TO_SERVER], *down = &connection->flows[TO_CLIENT];
        Loop *loop = connection->relay->loop;
        uint32_t client = 0, server = 0;
        bool reads = connection->resume_ms == 0;

        if (reads && !up->ended && !flow_waits(up))
                client |= EPOLLIN;
        if (flow_waits(down))
                client |= EPOLLOUT;
        if (reads && !down->ended && !flow_waits(down))
                server |= EPOLLIN;
        if (flow_waits(up))
                server |= EPOLLOUT;
        loop_change(loop, &connection->client, client);
        loop_change(loop, &connection->server, server);
        /* Hung up on both sides: the loop would tell so for ever, while the other socket still takes what waits. */
        if (up->ended && down->shut)
                loop_silence(loop, &connection->client);
        if (down->ended && up->shut)
                loop_silence(loop, &connection->server);
}

/* The program's first bytes.  1: they may go; 0: more is needed; -1: it was ended. */
static int check_hello(Connection *connection, bool ended)
{
        char name[HOST_NAME_MAX_BYTES + 1] = "";
        TlsHello hello = tls_hello_read(name, (const uint8_t *)connection->held.bytes, connection->held.n);
        bool must = connection->credential || (connection->port == TLS_PORT && !connection->judgement.service);

        if (hello == TLS_HELLO_MORE && ended && connection->held.n > 0)
                hello = TLS_HELLO_BROKEN;
        switch (hello) {
        case TLS_HELLO_MORE:
                return ended ? 1 : 0;
        case TLS_HELLO_NONE:
                if (!must)
                        return 1;
                break;
        case TLS_HELLO_UNNAMED:
                /* Nobody names an address. */
                if (connection->literal)
                        return 1;
                break;
        case TLS_HELLO_NAMED:
                if (!connection->literal && strcmp(name, connection->host) == 0)
                        return 1;
                break;
        case TLS_HELLO_BROKEN:
        default:
                break;
        }
        connection_tell(connection,
                        hello == TLS_HELLO_NAMED     ? "the TLS server name is another"
                        : hello == TLS_HELLO_UNNAMED ? "TLS without a server name"
                        : hello == TLS_HELLO_NONE    ? "not TLS on port 443"
                                                     : "a broken TLS hello",
                        NULL, NULL);
        connection_reset(connection);
        return -1;
}

/* Reads what is held back until it was checked.  False: the connection was ended, or there is nothing more yet. */
static bool let_through(Connection *connection)
{
        FlowPool *pool = connection->relay->pool;
        Flow *up = &connection->flows[TO_SERVER];
        bool ended = false;

        while (!connection->checked) {
                int r = connection->held.n > 0 || ended ? check_hello(connection, ended) : 0;
                ssize_t n;

                if (r < 0)
                        return false;
                if (r > 0)
                        break;
                n = recv(connection->client.fd, pool->scratch, sizeof pool->scratch, MSG_DONTWAIT);
                if (n < 0 && (errno == EAGAIN || errno == EINTR))
                        return false;
                if (n > 0)
                        buffer_add(&connection->held, pool->scratch, (size_t)n);
                ended = n == 0;
                if (n < 0 || connection->held.failed) {
                        end(connection, true);
                        return false;
                }
        }
        if (!connection->checked) {
                connection->checked = true;
                up->n += connection->held.n;
                flow_add(up, connection->held.bytes, connection->held.n);
                buffer_clear(&connection->held);
                up->ended = ended;
        }
        return true;
}

/* What moved since the last time.  False: the sum is spent, and the connection was ended. */
static bool count(Connection *connection)
{
        uint64_t up = connection->flows[TO_SERVER].n - connection->counted[TO_SERVER],
                 down = connection->flows[TO_CLIENT].n - connection->counted[TO_CLIENT];

        connection->counted[TO_SERVER] += up;
        connection->counted[TO_CLIENT] += down;
        budget_take(connection->rate, up + down);
        if (connection->sum == NULL || up == 0)
                return true;
        budget_take(connection->sum, up);
        if (!budget_is_spent(connection->sum))
                return true;
        connection_tell_spent(connection);
        end(connection, true);
        return false;
}

/* How many bytes may be read now; 0: none, and when it goes on is set. */
static size_t room_of(Connection *connection)
{
        int64_t now, wait = 0;
        size_t room;

        if (connection->rate == NULL)
                return SIZE_MAX;
        now = loop_now_ms();
        room = budget_room(connection->rate, now, &wait);
        connection->relay->n_paused -= connection->resume_ms != 0;
        connection->resume_ms = room == 0 ? now + wait : 0;
        connection->relay->n_paused += connection->resume_ms != 0;
        return room;
}

int64_t stream_resume(Relay *relay, int64_t now_ms)
{
        Connection *next;
        int64_t due = -1;

        if (relay->n_paused == 0)
                return -1;
        for (Connection *connection = relay->open; connection != NULL; connection = next) {
                next = connection->next;
                if (connection->resume_ms != 0 && connection->resume_ms <= now_ms)
                        stream_move(connection, 0);
        }
        for (Connection *connection = relay->open; connection != NULL; connection = connection->next)
                if (connection->resume_ms != 0 && (due < 0 || connection->resume_ms - now_ms < due))
                        due = connection->resume_ms > now_ms ? connection->resume_ms - now_ms : 0;
        return due;
}

void stream_move(Connection *connection, uint32_t events)
{
        Flow *up = &connection->flows[TO_SERVER], *down = &connection->flows[TO_CLIENT];
        FlowPool *pool = connection->relay->pool;
        int r = 0;

        if ((events & EPOLLERR) != 0) {
                end(connection, true);
                return;
        }
        if (let_through(connection))
                r = flow_move(up, pool, connection->client.fd, connection->server.fd, room_of(connection));
        if (connection->state == CLOSED || !count(connection))
                return;
        if (r == 0)
                r = flow_move(down, pool, connection->server.fd, connection->client.fd, room_of(connection));
        if (!count(connection))
                return;
        if (r < 0 || (up->shut && down->shut))
                end(connection, r < 0);
        else
                update(connection);
}

static void on_server(Watch *watch, uint32_t events)
{
        stream_move((Connection *)(void *)((char *)watch - offsetof(Connection, server)), events);
}

static void join_open(Connection *connection)
{
        Relay *relay = connection->relay;

        *connection->before = connection->next;
        if (connection->next != NULL)
                connection->next->before = connection->before;
        connection->next = relay->open;
        connection->before = &relay->open;
        if (connection->next != NULL)
                connection->next->before = &connection->next;
        relay->open = connection;
        connection->state = OPEN;
        connection->deadline_ms = 0;
}

void stream_open(Connection *connection, int server, const NetAddress *address)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        int on = 1;

        if (loop_add(connection->relay->loop, &connection->server, server, 0, on_server) < 0) {
                (void)fd_close(server);
                connection_reset(connection);
                return;
        }
        join_open(connection);
        (void)setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        (void)setsockopt(connection->client.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        (void)setsockopt(server, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
        connection_tell(connection, NULL, NULL, address);
        if (connection->proxy) {
                proxy_answer(&text, connection->kind, PROXY_ANSWER_OK, "");
                flow_add(&connection->flows[TO_CLIENT], text.bytes, text.n);
        }
        stream_move(connection, 0);
}
