/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "relay/connection.h"

/* ---- Looking up, dialing ---- */

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

static void on_dialed(void *data, int fd, const NetAddress *address)
{
        Connection *connection = data;

        connection->dial = NULL;
        if (fd >= 0 && connection->credential) {
                int through =
                        credential_link_join(connection->relay->credentials, connection->host, connection->port, fd);

                if (through < 0) {
                        (void)fd_close(fd);
                        connection_deny(connection, "what adds its credential is not there", false);
                        return;
                }
                fd = through;
        }
        if (fd >= 0) {
                stream_open(connection, fd, address);
                return;
        }
        connection_tell(connection, "no answer from there", NULL, NULL);
        connection_refuse(connection, PROXY_ANSWER_UNREACHABLE, "the host does not answer");
}

static void refuse_address(Connection *connection, const NetAddress *address)
{
        CLEANUP(buffer_clear) Buffer mend = BUFFER_INIT;

        buffer_printf(&mend, "[Network] private=%s", connection->host);
        connection_tell(connection, "it leads to an address of this machine or network", buffer_text(&mend), address);
        connection_refuse(connection, PROXY_ANSWER_DENIED, "the name leads to an address of this machine or network");
}

static void on_addresses(void *data, const NetAddress *addresses, size_t n)
{
        Connection *connection = data;
        const NetAddress *refused = NULL;
        NetAddress good[DNS_MAX_ADDRESSES];
        size_t n_good = 0;

        connection->lookup = NULL;
        for (size_t i = 0; i < n; i++)
                if (!may_dial(connection, &addresses[i]))
                        refused = &addresses[i];
                else if (n_good < DNS_MAX_ADDRESSES)
                        good[n_good++] = addresses[i];
        if (n_good > 0) {
                connection_wait(connection, DIALING, DIAL_LAST_MS);
                dial_start(connection->relay->loop, good, n_good, connection->port, on_dialed, connection,
                           &connection->dial);
                if (connection->dial != NULL && dial_due(connection->dial) < connection->relay->due_ms)
                        connection->relay->due_ms = dial_due(connection->dial);
        } else if (refused != NULL) {
                refuse_address(connection, refused);
        } else {
                connection_tell(connection, "there is no such name outside", NULL, NULL);
                connection_refuse(connection, PROXY_ANSWER_NO_HOST, "there is no such name");
        }
}

void relay_look_up(Connection *connection)
{
        NetAddress address = { .bytes = { 127, 0, 0, 1 } };

        connection->sum = budgets_find(connection->relay->budgets, connection->host, false);
        connection->rate = budgets_find(connection->relay->budgets, connection->host, true);
        if (budget_is_spent(connection->sum)) {
                connection_tell_spent(connection);
                connection_refuse(connection, PROXY_ANSWER_DENIED, "what may go out to this name is used up");
                return;
        }
        connection_wait(connection, LOOKING, RELAY_LOOK_MS);
        if (connection->judgement.service ||
            (connection->literal && net_address_parse(&address, connection->host, strlen(connection->host))))
                on_addresses(connection, &address, 1);
        else
                resolver_ask(connection->relay->resolver, connection->host, on_addresses, connection,
                             &connection->lookup);
}

/* ---- Judging ---- */

/* The host and port are known: what now? */
static void judge(Connection *connection)
{
        connection->judgement = net_policy_judge(connection->relay->policy, connection->host, connection->port);
        switch (connection->judgement.verdict) {
        case NET_VERDICT_ALLOW:
                relay_look_up(connection);
                break;
        case NET_VERDICT_ASK:
                question_ask(connection);
                break;
        case NET_VERDICT_DENY:
        default:
                connection_deny(connection, connection->judgement.rule != NULL ? connection->judgement.rule : "default",
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
        if (literal && net_address_parse(&address, host, strlen(host)))
                name = fake_names_of(connection->relay->names, &address, &fake);
        connection->literal = literal && name == NULL;
        connection->credential = !connection->literal &&
                                 credential_link_has(connection->relay->credentials, name != NULL ? name : host, port);
        connection->host = strdup(name != NULL ? name : host);
        loop_change(connection->relay->loop, &connection->client, 0);
        if (connection->host == NULL)
                connection_reset(connection);
        else
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
                connection_reset(connection);
                return;
        }
        is_six = to.any.sa_family == AF_INET6;
        if (inet_ntop(to.any.sa_family, is_six ? (const void *)&to.six.sin6_addr : (const void *)&to.four.sin_addr,
                      text, sizeof text) == NULL ||
            !host_address_read(host, text, strlen(text))) {
                connection_reset(connection);
                return;
        }
        set_target(connection, host, true, ntohs(is_six ? to.six.sin6_port : to.four.sin_port));
}

/* ---- On the proxy port ---- */

/* The request was read to its end: what the program says behind it is kept. */
static void take_request(Connection *connection, const ProxyRequest *request, bool done)
{
        CLEANUP(buffer_clear) Buffer rest = BUFFER_INIT;

        if (done && request->kind == PROXY_HTTP)
                proxy_request_rewrite(&rest, request, (const uint8_t *)connection->held.bytes);
        buffer_add(&rest, connection->held.bytes + request->n, connection->held.n - request->n);
        buffer_clear(&connection->held);
        connection->held = rest;
        rest = (Buffer)BUFFER_INIT;
}

static void greet(Connection *connection)
{
        CLEANUP(buffer_clear) Buffer answer = BUFFER_INIT;

        connection->greeted = true;
        proxy_answer_greeting(&answer);
        if (send(connection->client.fd, answer.bytes, answer.n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
                connection_reset(connection);
}

/* What was said so far. */
static void on_talk(Connection *connection)
{
        FlowPool *pool = connection->relay->pool;
        ssize_t n = recv(connection->client.fd, pool->scratch, sizeof pool->scratch, MSG_DONTWAIT);
        ProxyRequest request = { .kind = connection->kind };
        ProxyParse parsed;

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return;
        if (n > 0)
                buffer_add(&connection->held, pool->scratch, (size_t)n);
        if (n <= 0 || connection->held.failed) {
                connection_reset(connection);
                return;
        }
        parsed = proxy_request_read(&request, (const uint8_t *)connection->held.bytes, connection->held.n,
                                    connection->greeted);
        if (parsed == PROXY_PARSE_MORE && connection->held.n < 2 * PROXY_REQUEST_MAX_BYTES)
                return;
        connection->kind = request.kind;
        connection->via = proxy_kind_word(request.kind);
        if (parsed == PROXY_PARSE_BAD || parsed == PROXY_PARSE_MORE) {
                connection_tell(connection, "no request that the proxy knows", NULL, NULL);
                connection_refuse(connection, PROXY_ANSWER_BAD,
                                  "no request that the proxy knows, or no name of a host in it");
                return;
        }
        take_request(connection, &request, parsed == PROXY_PARSE_DONE);
        if (parsed == PROXY_PARSE_GREETED)
                greet(connection);
        else
                set_target(connection, request.host, request.literal, request.port);
}

/* ---- Events ---- */

static void on_client(Watch *watch, uint32_t events)
{
        Connection *connection = (Connection *)(void *)((char *)watch - offsetof(Connection, client));

        if (connection->state == OPEN)
                stream_move(connection, events);
        else if (connection->state == TALKING && (events & EPOLLIN) != 0)
                on_talk(connection);
        else if ((events & (EPOLLERR | EPOLLHUP)) != 0)
                connection_reset(connection);
}

void relay_take(Relay *relay, int fd, bool proxy)
{
        Connection *connection = connection_new(relay, fd, on_client);

        if (connection == NULL)
                return;
        connection->proxy = proxy;
        connection->via = proxy ? "proxy" : "transparent";
        connection_wait(connection, TALKING, RELAY_TALK_MS);
        if (proxy)
                loop_change(relay->loop, &connection->client, EPOLLIN);
        else
                read_target(connection);
}

static void on_time(Connection *connection, int64_t now)
{
        if (connection->dial != NULL && dial_due(connection->dial) <= now)
                dial_on_time(connection->dial, now);
        else if (connection->deadline_ms > now)
                return;
        else if (connection->state == ASKING)
                connection_deny(connection, "default: no answer", true);
        else
                connection_reset(connection);
}

/* Those that are not open yet, one after the other: seldom, since each says when it is due. */
static void look_at_waiting(Relay *relay, int64_t now)
{
        Connection *next;

        relay->due_ms = INT64_MAX;
        for (Connection *connection = relay->waiting; connection != NULL; connection = next) {
                next = connection->next;
                on_time(connection, now);
        }
        for (Connection *connection = relay->waiting; connection != NULL; connection = connection->next) {
                int64_t due = connection->dial != NULL ? dial_due(connection->dial) : connection->deadline_ms;

                if (due < relay->due_ms)
                        relay->due_ms = due;
        }
}

int64_t relay_on_time(Relay *relay)
{
        int64_t now = loop_now_ms(), due = report_flush(relay->report, now), wait = stream_resume(relay, now);

        if (wait >= 0 && (due < 0 || wait < due))
                due = wait;
        if (relay->waiting == NULL)
                return due;
        resolver_on_time(relay->resolver, now);
        if (relay->due_ms <= now)
                look_at_waiting(relay, now);
        if (relay->waiting == NULL)
                return due;
        wait = relay->due_ms - now;
        if (resolver_is_busy(relay->resolver) && wait > 1000)
                wait = 1000;
        wait = wait < 0 ? 0 : wait;
        return due >= 0 && due < wait ? due : wait;
}

void relay_set_room(Relay *relay, size_t n)
{
        relay->room = n;
}

bool relay_is_full(const Relay *relay)
{
        return relay->n >= relay->room;
}

void relay_set_budgets(Relay *relay, Budgets *budgets)
{
        relay->budgets = budgets;
}

int relay_set_birth(Relay *relay, int channel)
{
        relay->birth = birth_new(relay->loop, channel);
        return relay->birth != NULL ? 0 : -ENOMEM;
}

int relay_set_credentials(Relay *relay, int channel, const char *const *rules, size_t n)
{
        relay->credentials = credential_link_new(relay->loop, relay->report, channel, rules, n);
        return relay->credentials != NULL ? 0 : -ENOMEM;
}

Relay *relay_new(Loop *loop, const NetPolicy *policy, const FakeNames *names, int mediator)
{
        CLEANUP(relay_freep) Relay *relay = calloc(1, sizeof *relay);

        if (relay == NULL)
                return NULL;
        *relay = (Relay){
                .loop = loop, .policy = policy, .names = names, .mediator = mediator, .room = 64, .due_ms = INT64_MAX
        };
        relay->resolver = resolver_new(loop);
        relay->report = report_new(mediator);
        relay->pool = calloc(1, sizeof *relay->pool);
        relay->answered = calloc(RELAY_MAX_ANSWERED, sizeof *relay->answered);
        if (relay->resolver == NULL || relay->report == NULL || relay->pool == NULL || relay->answered == NULL)
                return NULL;
        return STEAL(relay);
}

void relay_free(Relay *relay)
{
        if (relay == NULL)
                return;
        while (relay->waiting != NULL)
                connection_end(relay->waiting);
        while (relay->open != NULL)
                connection_end(relay->open);
        birth_free(relay->birth);
        credential_link_free(relay->credentials);
        resolver_free(relay->resolver);
        report_free(relay->report);
        if (relay->pool != NULL)
                flow_pool_clear(relay->pool);
        free(relay->pool);
        for (size_t i = 0; i < relay->n_answered; i++)
                free(relay->answered[i].host);
        free(relay->answered);
        free(relay);
}
