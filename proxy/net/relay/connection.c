/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/connection.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fd.h"

/* ---- Telling ---- */

void connection_add_rule(const Connection *connection, Buffer *rule)
{
        bool six = strchr(connection->host, ':') != NULL;

        buffer_printf(rule, "[Network] allow=%s%s%s:%u", six ? "[" : "", connection->host, six ? "]" : "",
                      connection->port);
}

void connection_tell(Connection *connection, const char *why, const char *mend, const NetAddress *address)
{
        char ip[HOST_ADDRESS_MAX_BYTES] = "";
        AuditRecord record = { .verdict = why == NULL ? AUDIT_VERDICT_ALLOW : AUDIT_VERDICT_DENY };

        if (address != NULL)
                net_address_print(address, ip);
        record.text[AUDIT_OP] = "connect";
        record.text[AUDIT_VIA] = connection->via;
        record.text[AUDIT_HOST] = connection->host;
        record.text[AUDIT_IP] = ip[0] != '\0' ? ip : NULL;
        record.text[AUDIT_BY] = why != NULL ? why : connection->judgement.rule;
        record.text[AUDIT_MEND] = mend;
        record.number[AUDIT_PORT] = connection->port;
        report_add(connection->relay->report, &record, loop_now_ms());
}

void connection_tell_spent(Connection *connection)
{
        CLEANUP(buffer_clear) Buffer why = BUFFER_INIT;

        buffer_printf(&why, "budget=%s is used up", connection->sum->text);
        connection_tell(connection, buffer_text(&why), "[Network] budget= with more, and a new run", NULL);
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

void relay_report_port(Relay *relay, uint16_t port, const char *why)
{
        AuditRecord record = { .verdict = AUDIT_VERDICT_DENY };

        record.text[AUDIT_OP] = "listen";
        record.text[AUDIT_VIA] = "port-in";
        record.text[AUDIT_HOST] = "127.0.0.1";
        record.text[AUDIT_BY] = why;
        record.text[AUDIT_MEND] = "[Network] ports-in=OUTSIDE:INSIDE with another port outside";
        record.number[AUDIT_PORT] = port;
        report_add(relay->report, &record, loop_now_ms());
}

/* ---- Its life ---- */

static void release(Buried *buried)
{
        free((char *)buried - offsetof(Connection, buried));
}

Connection *connection_new(Relay *relay, int fd, WatchFunction on_client)
{
        Connection *connection = calloc(1, sizeof *connection);

        if (connection == NULL) {
                (void)fd_close(fd);
                return NULL;
        }
        connection->relay = relay;
        connection->client.fd = connection->server.fd = -1;
        flow_init(&connection->flows[TO_SERVER]);
        flow_init(&connection->flows[TO_CLIENT]);
        if (loop_add(relay->loop, &connection->client, fd, 0, on_client) < 0) {
                (void)fd_close(fd);
                free(connection);
                return NULL;
        }
        connection->next = relay->waiting;
        connection->before = &relay->waiting;
        if (connection->next != NULL)
                connection->next->before = &connection->next;
        relay->waiting = connection;
        relay->n++;
        return connection;
}

void connection_wait(Connection *connection, State state, int64_t ms)
{
        int64_t due = loop_now_ms() + ms;

        connection->state = state;
        connection->deadline_ms = due;
        if (due < connection->relay->due_ms)
                connection->relay->due_ms = due;
}

void connection_end(Connection *connection)
{
        Relay *relay = connection->relay;

        if (connection->state == CLOSED)
                return;
        if (connection->asked != 0)
                relay->n_asked--;
        if (connection->state == BEARING)
                birth_forget(relay->birth, connection);
        if (connection->resume_ms != 0)
                relay->n_paused--;
        connection->state = CLOSED;
        lookup_cancel(STEAL(connection->lookup));
        dial_cancel(STEAL(connection->dial));
        (void)fd_close(loop_remove(relay->loop, &connection->client));
        (void)fd_close(loop_remove(relay->loop, &connection->server));
        for (size_t i = 0; i < 2; i++)
                flow_clear(&connection->flows[i], relay->pool);
        buffer_clear(&connection->held);
        free(STEAL(connection->host));
        *connection->before = connection->next;
        if (connection->next != NULL)
                connection->next->before = connection->before;
        relay->n--;
        loop_bury(relay->loop, &connection->buried, release);
}

void connection_reset(Connection *connection)
{
        struct linger none = { .l_onoff = 1 };

        if (connection->client.fd >= 0)
                (void)setsockopt(connection->client.fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
        if (connection->server.fd >= 0)
                (void)setsockopt(connection->server.fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
        connection_end(connection);
}

void connection_refuse(Connection *connection, ProxyAnswer answer, const char *why)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

        if (!connection->proxy) {
                connection_reset(connection);
                return;
        }
        proxy_answer(&text, connection->kind, answer, why);
        if (!text.failed)
                (void)send(connection->client.fd, text.bytes, text.n, MSG_NOSIGNAL | MSG_DONTWAIT);
        connection_end(connection);
}

void connection_deny(Connection *connection, const char *why, bool mendable)
{
        CLEANUP(buffer_clear) Buffer mend = BUFFER_INIT, sentence = BUFFER_INIT;

        if (mendable)
                connection_add_rule(connection, &mend);
        connection_tell(connection, why, mendable ? buffer_text(&mend) : NULL, NULL);
        buffer_printf(&sentence, "%s:%u is not allowed (%s)", connection->host, connection->port, why);
        if (mendable)
                buffer_printf(&sentence, "; a person can allow it: %s", buffer_text(&mend));
        connection_refuse(connection, PROXY_ANSWER_DENIED, sentence.failed ? "" : buffer_text(&sentence));
}
