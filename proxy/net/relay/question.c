/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A person is asked, by way of the front end; the connection is held meanwhile. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/message.h"
#include "relay/connection.h"

static const Answered *find_answer(const Relay *relay, const char *host, uint16_t port)
{
        for (size_t i = 0; i < relay->n_answered; i++)
                if (relay->answered[i].port == port && strcmp(relay->answered[i].host, host) == 0)
                        return &relay->answered[i];
        return NULL;
}

static Message *compose(const Connection *connection)
{
        CLEANUP(message_freep) Message *message = message_new("ask");
        CLEANUP(buffer_clear) Buffer subject = BUFFER_INIT, rule = BUFFER_INIT, summary = BUFFER_INIT;

        if (message == NULL)
                return NULL;
        buffer_printf(&subject, "%s:%u", connection->host, connection->port);
        buffer_printf(&summary, "wants to connect to %s, port %u", connection->host, connection->port);
        connection_add_rule(connection, &rule);
        message_add_number(message, "seq", connection->asked);
        message_add(message, "kind", "network");
        message_add(message, "subject", buffer_text(&subject));
        message_add(message, "summary", buffer_text(&summary));
        message_add(message, "rule", buffer_text(&rule));
        message_add_number(message, "timeout-ms", RELAY_ASK_MS);
        return STEAL(message);
}

void question_ask(Connection *connection)
{
        Relay *relay = connection->relay;
        const Answered *answered = find_answer(relay, connection->host, connection->port);
        CLEANUP(message_freep) Message *message = NULL;

        if (answered != NULL && answered->allow) {
                relay_look_up(connection);
                return;
        }
        if (answered != NULL) {
                connection_deny(connection, "user:session", true);
                return;
        }
        if (relay->mediator < 0 || relay->n_asked == RELAY_MAX_ASKED) {
                connection_deny(connection, "default: nobody to ask", true);
                return;
        }
        connection->asked = ++relay->next_question;
        relay->n_asked++;
        connection_wait(connection, ASKING, RELAY_ASK_MS + 1000);
        message = compose(connection);
        if (message == NULL || message_send(relay->mediator, message, NULL, 0) < 0)
                connection_deny(connection, "default: nobody to ask", true);
}

static void remember(Relay *relay, const Connection *connection, bool allow, const char *scope)
{
        char *host;

        if (scope == NULL || strcmp(scope, "once") == 0 || relay->n_answered == RELAY_MAX_ANSWERED ||
            find_answer(relay, connection->host, connection->port) != NULL)
                return;
        host = strdup(connection->host);
        if (host != NULL)
                relay->answered[relay->n_answered++] = (Answered){ host, connection->port, allow };
}

static Connection *find_asked(const Relay *relay, int64_t seq)
{
        for (Connection *connection = relay->waiting; seq != 0 && connection != NULL; connection = connection->next)
                if (connection->state == ASKING && connection->asked == seq)
                        return connection;
        return NULL;
}

bool relay_on_mediator(Relay *relay)
{
        CLEANUP(message_freep) Message *message = NULL;
        int r = message_receive(relay->mediator, &message, NULL, NULL, NULL);
        Connection *connection;
        const char *verdict;
        bool allow;

        if (r == -EAGAIN || r == -EINVAL || r == -EMSGSIZE)
                return true;
        if (r <= 0)
                return false;
        verdict = message_get(message, "verdict");
        allow = verdict != NULL && strcmp(verdict, "allow") == 0;
        connection = find_asked(relay, message_get_number(message, "seq", 0));
        if (connection == NULL)
                return true;
        remember(relay, connection, allow, message_get(message, "scope"));
        relay->n_asked--;
        connection->asked = 0;
        if (allow)
                relay_look_up(connection);
        else
                connection_deny(connection, "the question was not answered with yes", true);
        return true;
}
