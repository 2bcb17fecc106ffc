/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/relay.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/message.h"
#include "relay/flow.h"
#include "relay/lookup.h"
#include "relay/proxy-request.h"
#include "relay/report.h"
#include "relay/tls-hello.h"

typedef enum State { TALKING, ASKING, LOOKING, DIALING, OPEN, CLOSED } State;

enum { TO_SERVER, TO_CLIENT, TLS_PORT = 443, MAX_ANSWERED = 256 };

typedef struct Connection {
        Watch client, server;
        Buried buried;
        Relay *relay;
        struct Connection *next, **before; /* of relay->connections */
        State state;
        bool proxy, greeted, checked;
        ProxyRequest request;
        const char *via;
        char host[HOST_NAME_MAX_BYTES + 1];
        uint16_t port;
        NetJudgement judgement;
        Buffer held; /* the program's first bytes: its request, then what may be a TLS hello */
        Flow flows[2];
        NetAddress addresses[DNS_MAX_ADDRESSES];
        size_t n_addresses, n_tried;
        Lookup *lookup;
        int64_t asked; /* number of the question; 0: none */
        int64_t deadline_ms;
} Connection;

/* What a person said of a host and port, for the instance's life. */
typedef struct Answered {
        char host[HOST_NAME_MAX_BYTES + 1];
        uint16_t port;
        bool allow;
} Answered;

struct Relay {
        Loop *loop;
        const NetPolicy *policy;
        const FakeNames *names;
        int mediator;
        Resolver *resolver;
        Report *report;
        FlowPool *pool;
        Connection *connections;
        size_t n, room, n_asked;
        size_t n_timed; /* connections that are not open yet */
        int64_t next_question;
        Answered *answered; /* MAX_ANSWERED */
        size_t n_answered;
};

static void on_client(Watch *watch, uint32_t events);
static void on_server(Watch *watch, uint32_t events);
static void dial_next(Connection *connection);

/* ---- Telling ---- */

static void add_mend(const Connection *connection, Buffer *mend)
{
        bool six = strchr(connection->host, ':') != NULL;

        buffer_printf(mend, "[Network] allow=%s%s%s:%u", six ? "[" : "", connection->host, six ? "]" : "",
                      connection->port);
}

/* why NULL: it was allowed.  mend: what line would change it; NULL: none would. */
static void tell(Connection *connection, const char *op, const char *why, const char *mend, const NetAddress *address)
{
        char ip[HOST_ADDRESS_MAX_BYTES] = "";
        AuditRecord record = { .verdict = why == NULL ? AUDIT_VERDICT_ALLOW : AUDIT_VERDICT_DENY };

        if (address != NULL)
                net_address_print(address, ip);
        record.text[AUDIT_OP] = op;
        record.text[AUDIT_VIA] = connection->via;
        record.text[AUDIT_HOST] = connection->host[0] != '\0' ? connection->host : NULL;
        record.text[AUDIT_IP] = ip[0] != '\0' ? ip : NULL;
        record.text[AUDIT_BY] = why != NULL ? why : connection->judgement.rule;
        record.text[AUDIT_MEND] = mend;
        record.number[AUDIT_PORT] = connection->port;
        report_add(connection->relay->report, &record, loop_now_ms());
}

static void tell_bytes(Connection *connection)
{
        AuditRecord record = { .verdict = AUDIT_VERDICT_ALLOW };

        record.text[AUDIT_OP] = "close";
        record.text[AUDIT_VIA] = connection->via;
        record.text[AUDIT_HOST] = connection->host;
        record.number[AUDIT_PORT] = connection->port;
        record.number[AUDIT_BYTES_OUT] = (int64_t)connection->flows[TO_SERVER].n;
        record.number[AUDIT_BYTES_IN] = (int64_t)connection->flows[TO_CLIENT].n;
        report_add(connection->relay->report, &record, loop_now_ms());
}

void relay_report_name(Relay *relay, const char *name)
{
        AuditRecord record = { .verdict = AUDIT_VERDICT_DENY };
        CLEANUP(buffer_clear) Buffer mend = BUFFER_INIT;

        buffer_printf(&mend, "[Network] allow=%s", name);
        record.text[AUDIT_OP] = "resolve";
        record.text[AUDIT_VIA] = "dns";
        record.text[AUDIT_HOST] = name;
        record.text[AUDIT_BY] = "default";
        record.text[AUDIT_MEND] = buffer_text(&mend);
        report_add(relay->report, &record, loop_now_ms());
}

/* ---- Its end ---- */

static void release(Buried *buried)
{
        free((char *)buried - offsetof(Connection, buried));
}

static void end(Connection *connection)
{
        Relay *relay = connection->relay;

        if (connection->state == CLOSED)
                return;
        if (connection->state != OPEN)
                relay->n_timed--;
        if (connection->asked != 0)
                relay->n_asked--;
        connection->state = CLOSED;
        lookup_cancel(STEAL(connection->lookup));
        (void)fd_close(loop_remove(relay->loop, &connection->client));
        (void)fd_close(loop_remove(relay->loop, &connection->server));
        for (size_t i = 0; i < 2; i++)
                flow_clear(&connection->flows[i], relay->pool);
        buffer_clear(&connection->held);
        *connection->before = connection->next;
        if (connection->next != NULL)
                connection->next->before = connection->before;
        relay->n--;
        loop_bury(relay->loop, &connection->buried, release);
}

/* As a refused or broken connection looks: the program's next call fails at once. */
static void reset(Connection *connection)
{
        struct linger none = { .l_onoff = 1 };

        if (connection->client.fd >= 0)
                (void)setsockopt(connection->client.fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
        if (connection->server.fd >= 0)
                (void)setsockopt(connection->server.fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
        end(connection);
}

static void end_open(Connection *connection, bool broken)
{
        tell_bytes(connection);
        if (broken)
                reset(connection);
        else
                end(connection);
}

/* An answer in the proxy's language where it speaks one, else a reset. */
static void refuse(Connection *connection, ProxyAnswer answer, const char *why)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

        if (!connection->proxy) {
                reset(connection);
                return;
        }
        proxy_answer(&text, connection->request.kind, answer, why);
        if (!text.failed)
                (void)send(connection->client.fd, text.bytes, text.n, MSG_NOSIGNAL | MSG_DONTWAIT);
        end(connection);
}

static void deny(Connection *connection, const char *why, bool mendable)
{
        CLEANUP(buffer_clear) Buffer mend = BUFFER_INIT, sentence = BUFFER_INIT;

        if (mendable)
                add_mend(connection, &mend);
        tell(connection, "connect", why, mendable ? buffer_text(&mend) : NULL, NULL);
        buffer_printf(&sentence, "%s:%u is not allowed (%s)", connection->host, connection->port, why);
        if (mendable)
                buffer_printf(&sentence, "; a person can allow it: %s", buffer_text(&mend));
        refuse(connection, PROXY_ANSWER_DENIED, sentence.failed ? "" : buffer_text(&sentence));
}

/* ---- Open ---- */

static void update(Connection *connection)
{
        uint32_t client = 0, server = 0;

        if (connection->state == CLOSED)
                return;
        if (connection->state == TALKING || (connection->state == OPEN && !connection->flows[TO_SERVER].ended &&
                                             !flow_waits(&connection->flows[TO_SERVER])))
                client |= EPOLLIN;
        if (flow_waits(&connection->flows[TO_CLIENT]))
                client |= EPOLLOUT;
        if (connection->state == OPEN && !connection->flows[TO_CLIENT].ended &&
            !flow_waits(&connection->flows[TO_CLIENT]))
                server |= EPOLLIN;
        if (connection->state == DIALING || flow_waits(&connection->flows[TO_SERVER]))
                server |= EPOLLOUT;
        loop_change(connection->relay->loop, &connection->client, client);
        loop_change(connection->relay->loop, &connection->server, server);
        /* Hung up on both sides: the loop would tell so for ever, while the other socket still takes what waits. */
        if (connection->flows[TO_SERVER].ended && connection->flows[TO_CLIENT].shut)
                loop_silence(connection->relay->loop, &connection->client);
        if (connection->flows[TO_CLIENT].ended && connection->flows[TO_SERVER].shut)
                loop_silence(connection->relay->loop, &connection->server);
}

/* The program's first bytes.  1: they may go; 0: more is needed; -1: it was ended. */
static int check_hello(Connection *connection, bool ended)
{
        char name[HOST_NAME_MAX_BYTES + 1] = "";
        TlsHello hello = tls_hello_read(name, (const uint8_t *)connection->held.bytes, connection->held.n);
        bool must = connection->port == TLS_PORT && !connection->judgement.service;

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
                if (connection->request.literal)
                        return 1;
                break;
        case TLS_HELLO_NAMED:
                if (!connection->request.literal && strcmp(name, connection->host) == 0)
                        return 1;
                break;
        case TLS_HELLO_BROKEN:
        default:
                break;
        }
        tell(connection, "connect",
             hello == TLS_HELLO_NAMED     ? "the TLS server name is another"
             : hello == TLS_HELLO_UNNAMED ? "TLS without a server name"
             : hello == TLS_HELLO_NONE    ? "not TLS on port 443"
                                          : "a broken TLS hello",
             NULL, NULL);
        reset(connection);
        return -1;
}

/* Reads what is held back until it was checked.  False: the connection was ended, or there is nothing more yet. */
static bool let_through(Connection *connection)
{
        FlowPool *pool = connection->relay->pool;
        bool ended = false;
        int r;

        while (!connection->checked) {
                ssize_t n;

                r = connection->held.n > 0 || ended ? check_hello(connection, ended) : 0;
                if (r < 0)
                        return false;
                if (r > 0)
                        break;
                n = recv(connection->client.fd, pool->scratch, sizeof pool->scratch, MSG_DONTWAIT);
                if (n < 0 && (errno == EAGAIN || errno == EINTR))
                        return false;
                if (n < 0) {
                        end_open(connection, true);
                        return false;
                }
                ended = n == 0;
                buffer_add(&connection->held, pool->scratch, (size_t)n);
                if (connection->held.failed) {
                        end_open(connection, true);
                        return false;
                }
        }
        if (!connection->checked) {
                connection->checked = true;
                connection->flows[TO_SERVER].n += connection->held.n;
                flow_add(&connection->flows[TO_SERVER], connection->held.bytes, connection->held.n);
                buffer_clear(&connection->held);
                connection->flows[TO_SERVER].ended = ended;
        }
        return true;
}

static void move(Connection *connection)
{
        Flow *up = &connection->flows[TO_SERVER], *down = &connection->flows[TO_CLIENT];
        FlowPool *pool = connection->relay->pool;
        int r = 0;

        if (let_through(connection))
                r = flow_move(up, pool, connection->client.fd, connection->server.fd);
        if (connection->state == CLOSED)
                return;
        if (r == 0)
                r = flow_move(down, pool, connection->server.fd, connection->client.fd);
        if (r < 0 || (up->shut && down->shut))
                end_open(connection, r < 0);
        else
                update(connection);
}

static void become_open(Connection *connection)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        int on = 1;

        connection->state = OPEN;
        connection->deadline_ms = 0;
        connection->relay->n_timed--;
        (void)setsockopt(connection->server.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        (void)setsockopt(connection->client.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        (void)setsockopt(connection->server.fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
        tell(connection, "connect", NULL, NULL, &connection->addresses[connection->n_tried - 1]);
        if (connection->proxy) {
                proxy_answer(&text, connection->request.kind, PROXY_ANSWER_OK, "");
                flow_add(&connection->flows[TO_CLIENT], text.bytes, text.n);
        }
        move(connection);
}

/* ---- Dialing ---- */

/* An address that this machine has itself, whatever it looks like: only what has it can be bound to it. */
static bool is_own(const NetAddress *address)
{
        struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
        struct sockaddr_in four = { .sin_family = AF_INET };
        CLEANUP(fd_closep) int fd = socket(address->six ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        memcpy(&six.sin6_addr, address->bytes, sizeof six.sin6_addr);
        memcpy(&four.sin_addr, address->bytes, sizeof four.sin_addr);
        return fd >= 0 && bind(fd, address->six ? (const struct sockaddr *)&six : (const struct sockaddr *)&four,
                               address->six ? sizeof six : sizeof four) == 0;
}

static bool may_dial(const Connection *connection, const NetAddress *address)
{
        static const NetAddress loopback = { .bytes = { 127, 0, 0, 1 } };
        const NetPolicy *policy = connection->relay->policy;

        if (connection->judgement.service)
                return net_address_equals(address, &loopback);
        return net_policy_may_lead_to(policy, connection->host, address) &&
               (!is_own(address) || net_policy_may_lead_to(policy, connection->host, &loopback));
}

static int dial(Connection *connection, const NetAddress *address)
{
        struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(connection->port) };
        struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons(connection->port) };
        CLEANUP(fd_closep)
        int fd = socket(address->six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        int r;

        memcpy(&six.sin6_addr, address->bytes, sizeof six.sin6_addr);
        memcpy(&four.sin_addr, address->bytes, sizeof four.sin_addr);
        r = fd < 0 ? -1
                   : connect(fd, address->six ? (const struct sockaddr *)&six : (const struct sockaddr *)&four,
                             address->six ? sizeof six : sizeof four);
        if (r < 0 && errno != EINPROGRESS)
                return -errno;
        r = loop_add(connection->relay->loop, &connection->server, fd, EPOLLOUT, on_server);
        if (r < 0)
                return r;
        (void)fd_steal(&fd);
        return 0;
}

static void dial_next(Connection *connection)
{
        (void)fd_close(loop_remove(connection->relay->loop, &connection->server));
        while (connection->n_tried < connection->n_addresses) {
                const NetAddress *address = &connection->addresses[connection->n_tried++];
                bool last = connection->n_tried == connection->n_addresses;

                if (dial(connection, address) < 0)
                        continue;
                connection->deadline_ms = loop_now_ms() + (last ? RELAY_DIAL_LAST_MS : RELAY_DIAL_MS);
                update(connection);
                return;
        }
        tell(connection, "connect", "no answer from there", NULL, NULL);
        refuse(connection, PROXY_ANSWER_UNREACHABLE, "the host does not answer");
}

static void on_addresses(void *data, const NetAddress *addresses, size_t n)
{
        Connection *connection = data;
        const NetAddress *refused = NULL;

        connection->lookup = NULL;
        for (size_t i = 0; i < n; i++)
                if (may_dial(connection, &addresses[i]))
                        connection->addresses[connection->n_addresses++] = addresses[i];
                else
                        refused = &addresses[i];
        if (connection->n_addresses > 0) {
                connection->state = DIALING;
                dial_next(connection);
        } else if (refused != NULL) {
                CLEANUP(buffer_clear) Buffer mend = BUFFER_INIT;

                buffer_printf(&mend, "[Network] private=%s", connection->host);
                tell(connection, "connect", "it leads to an address of this machine or network", buffer_text(&mend),
                     refused);
                refuse(connection, PROXY_ANSWER_DENIED, "the name leads to an address of this machine or network");
        } else {
                tell(connection, "connect", "there is no such name outside", NULL, NULL);
                refuse(connection, PROXY_ANSWER_NO_HOST, "there is no such name");
        }
}

static void look_up(Connection *connection)
{
        NetAddress address = { .bytes = { 127, 0, 0, 1 } };

        connection->state = LOOKING;
        connection->deadline_ms = 0;
        update(connection);
        if (connection->judgement.service ||
            (connection->request.literal && net_address_parse(&address, connection->host, strlen(connection->host))))
                on_addresses(connection, &address, 1);
        else
                resolver_ask(connection->relay->resolver, connection->host, on_addresses, connection,
                             &connection->lookup);
}

/* ---- Asking ---- */

static const Answered *find_answer(const Relay *relay, const char *host, uint16_t port)
{
        for (size_t i = 0; i < relay->n_answered; i++)
                if (relay->answered[i].port == port && strcmp(relay->answered[i].host, host) == 0)
                        return &relay->answered[i];
        return NULL;
}

static void ask(Connection *connection)
{
        Relay *relay = connection->relay;
        CLEANUP(message_freep) Message *message = message_new("ask");
        CLEANUP(buffer_clear) Buffer subject = BUFFER_INIT, rule = BUFFER_INIT, summary = BUFFER_INIT;

        if (relay->mediator < 0 || message == NULL || relay->n_asked == RELAY_MAX_ASKED) {
                deny(connection, "default: nobody to ask", true);
                return;
        }
        buffer_printf(&subject, "%s:%u", connection->host, connection->port);
        buffer_printf(&summary, "wants to connect to %s, port %u", connection->host, connection->port);
        add_mend(connection, &rule);
        connection->asked = ++relay->next_question;
        relay->n_asked++;
        message_add_number(message, "seq", connection->asked);
        message_add(message, "kind", "network");
        message_add(message, "subject", buffer_text(&subject));
        message_add(message, "summary", buffer_text(&summary));
        message_add(message, "rule", buffer_text(&rule));
        message_add_number(message, "timeout-ms", RELAY_ASK_MS);
        connection->state = ASKING;
        connection->deadline_ms = loop_now_ms() + RELAY_ASK_MS + 1000;
        update(connection);
        if (message_send(relay->mediator, message, NULL, 0) < 0)
                deny(connection, "default: nobody to ask", true);
}

static void remember(Relay *relay, const Connection *connection, bool allow, const char *scope)
{
        Answered *place;

        if (scope == NULL || strcmp(scope, "once") == 0 || relay->n_answered == MAX_ANSWERED ||
            find_answer(relay, connection->host, connection->port) != NULL)
                return;
        place = &relay->answered[relay->n_answered++];
        memcpy(place->host, connection->host, sizeof place->host);
        place->port = connection->port;
        place->allow = allow;
}

bool relay_on_mediator(Relay *relay)
{
        CLEANUP(message_freep) Message *message = NULL;
        int r = message_receive(relay->mediator, &message, NULL, NULL, NULL);
        const char *verdict;
        int64_t seq;

        if (r == -EAGAIN || r == -EINVAL || r == -EMSGSIZE)
                return true;
        if (r <= 0)
                return false;
        verdict = message_get(message, "verdict");
        seq = message_get_number(message, "seq", 0);
        for (Connection *connection = relay->connections; connection != NULL; connection = connection->next) {
                bool allow = verdict != NULL && strcmp(verdict, "allow") == 0;

                if (connection->state != ASKING || connection->asked != seq || seq == 0)
                        continue;
                remember(relay, connection, allow, message_get(message, "scope"));
                relay->n_asked--;
                connection->asked = 0;
                if (allow)
                        look_up(connection);
                else
                        deny(connection, "the question was not answered with yes", true);
                break;
        }
        return true;
}

/* ---- Judging ---- */

/* The host and port are known: what now? */
static void judge(Connection *connection)
{
        Relay *relay = connection->relay;
        const Answered *answered = NULL;

        connection->judgement = net_policy_judge(relay->policy, connection->host, connection->port);
        switch (connection->judgement.verdict) {
        case NET_VERDICT_ALLOW:
                look_up(connection);
                break;
        case NET_VERDICT_ASK:
                answered = find_answer(relay, connection->host, connection->port);
                if (answered == NULL)
                        ask(connection);
                else if (answered->allow)
                        look_up(connection);
                else
                        deny(connection, "user:session", true);
                break;
        case NET_VERDICT_DENY:
        default:
                deny(connection, connection->judgement.rule != NULL ? connection->judgement.rule : "default",
                     connection->judgement.rule == NULL);
                break;
        }
}

/* An address of the box's own stands for its name, whoever says it. */
static void set_target(Connection *connection, const char *host, bool literal, uint16_t port)
{
        NetAddress address = { 0 };
        bool fake = false;
        const char *name = NULL;

        connection->port = port;
        connection->request.literal = literal;
        if (literal && net_address_parse(&address, host, strlen(host)))
                name = fake_names_of(connection->relay->names, &address, &fake);
        if (name != NULL)
                connection->request.literal = false;
        memmove(connection->host, name != NULL ? name : host, strlen(name != NULL ? name : host) + 1);
        judge(connection);
}

/* Where the program meant to go: the accepted socket's own address. */
static void read_target(Connection *connection)
{
        union {
                struct sockaddr any;
                struct sockaddr_in four;
                struct sockaddr_in6 six;
        } to = { .six = { 0 } };
        socklen_t n = sizeof to;
        char text[HOST_ADDRESS_MAX_BYTES] = "", host[HOST_ADDRESS_MAX_BYTES] = "";
        bool is_six;

        if (getsockname(connection->client.fd, &to.any, &n) < 0) {
                reset(connection);
                return;
        }
        is_six = to.any.sa_family == AF_INET6;
        if (inet_ntop(to.any.sa_family, is_six ? (const void *)&to.six.sin6_addr : (const void *)&to.four.sin_addr,
                      text, sizeof text) == NULL ||
            !host_address_read(host, text, strlen(text))) {
                reset(connection);
                return;
        }
        set_target(connection, host, true, ntohs(is_six ? to.six.sin6_port : to.four.sin_port));
}

/* On the proxy port: what was said so far. */
static void on_talk(Connection *connection)
{
        FlowPool *pool = connection->relay->pool;
        ssize_t n = recv(connection->client.fd, pool->scratch, sizeof pool->scratch, MSG_DONTWAIT);
        CLEANUP(buffer_clear) Buffer rest = BUFFER_INIT, answer = BUFFER_INIT;
        ProxyParse parsed;

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return;
        if (n > 0)
                buffer_add(&connection->held, pool->scratch, (size_t)n);
        if (n <= 0 || connection->held.failed) {
                reset(connection);
                return;
        }
        parsed = proxy_request_read(&connection->request, (const uint8_t *)connection->held.bytes, connection->held.n,
                                    connection->greeted);
        if (parsed == PROXY_PARSE_MORE && connection->held.n < 2 * PROXY_REQUEST_MAX_BYTES)
                return;
        connection->via = proxy_kind_word(connection->request.kind);
        if (parsed == PROXY_PARSE_BAD || parsed == PROXY_PARSE_MORE) {
                tell(connection, "connect", "no request that the proxy knows", NULL, NULL);
                refuse(connection, PROXY_ANSWER_BAD, "no request that the proxy knows, or no name of a host in it");
                return;
        }
        if (parsed == PROXY_PARSE_DONE && connection->request.kind == PROXY_HTTP)
                proxy_request_rewrite(&rest, &connection->request, (const uint8_t *)connection->held.bytes);
        buffer_add(&rest, connection->held.bytes + connection->request.n, connection->held.n - connection->request.n);
        buffer_clear(&connection->held);
        connection->held = rest;
        rest = (Buffer)BUFFER_INIT;
        if (parsed == PROXY_PARSE_GREETED) {
                connection->greeted = true;
                proxy_answer_greeting(&answer);
                if (send(connection->client.fd, answer.bytes, answer.n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
                        reset(connection);
                return;
        }
        set_target(connection, connection->request.host, connection->request.literal, connection->request.port);
}

/* ---- Events ---- */

static void on_client(Watch *watch, uint32_t events)
{
        Connection *connection = (Connection *)(void *)((char *)watch - offsetof(Connection, client));

        if (connection->state == OPEN && (events & EPOLLERR) != 0)
                end_open(connection, true);
        else if (connection->state == OPEN)
                move(connection);
        else if (connection->state == TALKING && (events & EPOLLIN) != 0)
                on_talk(connection);
        else if ((events & (EPOLLERR | EPOLLHUP)) != 0)
                reset(connection);
}

static void on_server(Watch *watch, uint32_t events)
{
        Connection *connection = (Connection *)(void *)((char *)watch - offsetof(Connection, server));
        socklen_t n = sizeof(int);
        int error = 0;

        if (connection->state == OPEN && (events & EPOLLERR) != 0) {
                end_open(connection, true);
                return;
        }
        if (connection->state == OPEN) {
                move(connection);
                return;
        }
        if (getsockopt(watch->fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0 || error != 0)
                dial_next(connection);
        else
                become_open(connection);
}

void relay_take(Relay *relay, int fd, bool proxy)
{
        Connection *connection = calloc(1, sizeof *connection);

        if (connection == NULL) {
                (void)fd_close(fd);
                return;
        }
        connection->relay = relay;
        connection->client.fd = connection->server.fd = -1;
        connection->proxy = proxy;
        connection->via = proxy ? "proxy" : "transparent";
        flow_init(&connection->flows[TO_SERVER]);
        flow_init(&connection->flows[TO_CLIENT]);
        if (loop_add(relay->loop, &connection->client, fd, 0, on_client) < 0) {
                (void)fd_close(fd);
                free(connection);
                return;
        }
        connection->next = relay->connections;
        connection->before = &relay->connections;
        if (connection->next != NULL)
                connection->next->before = &connection->next;
        relay->connections = connection;
        relay->n++;
        relay->n_timed++;
        connection->deadline_ms = loop_now_ms() + RELAY_TALK_MS;
        if (proxy)
                update(connection);
        else
                read_target(connection);
}

int64_t relay_on_time(Relay *relay)
{
        int64_t now = loop_now_ms(), due = report_flush(relay->report, now);
        Connection *next;

        if (relay->n_timed == 0)
                return due;
        resolver_on_time(relay->resolver, now);
        for (Connection *connection = relay->connections; connection != NULL; connection = next) {
                next = connection->next;
                if (connection->deadline_ms == 0 || connection->deadline_ms > now)
                        continue;
                if (connection->state == DIALING)
                        dial_next(connection);
                else if (connection->state == ASKING)
                        deny(connection, "default: no answer", true);
                else
                        reset(connection);
        }
        return due >= 0 && due < 1000 ? due : 1000;
}

void relay_set_room(Relay *relay, size_t n)
{
        relay->room = n;
}

bool relay_is_full(const Relay *relay)
{
        return relay->n >= relay->room;
}

Relay *relay_new(Loop *loop, const NetPolicy *policy, const FakeNames *names, int mediator)
{
        CLEANUP(relay_freep) Relay *relay = calloc(1, sizeof *relay);

        if (relay == NULL)
                return NULL;
        *relay = (Relay){ .loop = loop, .policy = policy, .names = names, .mediator = mediator, .room = 64 };
        relay->resolver = resolver_new(loop);
        relay->report = report_new(mediator);
        relay->pool = calloc(1, sizeof *relay->pool);
        relay->answered = calloc(MAX_ANSWERED, sizeof *relay->answered);
        if (relay->resolver == NULL || relay->report == NULL || relay->pool == NULL || relay->answered == NULL)
                return NULL;
        return STEAL(relay);
}

void relay_free(Relay *relay)
{
        if (relay == NULL)
                return;
        while (relay->connections != NULL)
                end(relay->connections);
        resolver_free(relay->resolver);
        report_free(relay->report);
        if (relay->pool != NULL)
                flow_pool_clear(relay->pool);
        free(relay->pool);
        free(relay->answered);
        free(relay);
}
