/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/credential-link.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "base/message.h"

typedef struct Place {
        char host[HOST_NAME_MAX_BYTES + 1];
        uint16_t port;
} Place;

struct CredentialLink {
        Watch watch;
        Loop *loop;
        Report *report;
        size_t n;
        Place places[];
};

/* What was added, and what went wrong. */
static void on_told(Watch *watch, uint32_t events)
{
        CredentialLink *link = (CredentialLink *)(void *)watch;
        CLEANUP(message_freep) Message *message = NULL;
        CLEANUP(buffer_clear) Buffer by = BUFFER_INIT;
        AuditRecord record = { .verdict = AUDIT_VERDICT_ALLOW };
        int r = message_receive(watch->fd, &message, NULL, NULL, NULL);

        (void)events;
        if (r == 0)
                loop_silence(link->loop, watch);
        if (r <= 0 || strcmp(message_verb(message), "told") != 0)
                return;
        record.text[AUDIT_OP] = "credential";
        record.text[AUDIT_HOST] = message_get(message, "host");
        record.number[AUDIT_PORT] = message_get_number(message, "port", 0);
        record.text[AUDIT_BY] = message_get(message, "fault");
        if (record.text[AUDIT_BY] != NULL) {
                record.verdict = AUDIT_VERDICT_DENY;
        } else {
                buffer_printf(&by, "credential=%s",
                              message_get(message, "name") != NULL ? message_get(message, "name") : "");
                record.text[AUDIT_BY] = buffer_text(&by);
        }
        report_add(link->report, &record, loop_now_ms());
}

CredentialLink *credential_link_new(Loop *loop, Report *report, int channel, const char *const *rules, size_t n)
{
        CLEANUP(credential_link_freep) CredentialLink *link = calloc(1, sizeof *link + n * sizeof(Place));

        if (link == NULL)
                return NULL;
        link->loop = loop;
        link->report = report;
        link->watch.fd = -1;
        for (size_t i = 0; i < n; i++) {
                NetCredential credential = { 0 };

                if (net_credential_parse(&credential, NULL, rules[i]) != 0)
                        continue;
                memcpy(link->places[link->n].host, credential.host, sizeof credential.host);
                link->places[link->n++].port = credential.port;
        }
        (void)fcntl(channel, F_SETFL, O_NONBLOCK);
        return loop_add(loop, &link->watch, channel, EPOLLIN, on_told) == 0 ? STEAL(link) : NULL;
}

void credential_link_free(CredentialLink *link)
{
        if (link == NULL)
                return;
        (void)loop_remove(link->loop, &link->watch);
        free(link);
}

bool credential_link_has(const CredentialLink *link, const char *host, uint16_t port)
{
        for (size_t i = 0; link != NULL && i < link->n; i++)
                if (link->places[i].port == port && strcmp(link->places[i].host, host) == 0)
                        return true;
        return false;
}

int credential_link_join(CredentialLink *link, const char *host, uint16_t port, int server)
{
        CLEANUP(message_freep) Message *message = message_new("serve");
        CLEANUP(fd_closep) int ours = -1, theirs = -1;
        int ends[2], r;

        if (message == NULL)
                return -ENOMEM;
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
                return -errno;
        ours = ends[0];
        theirs = ends[1];
        message_add(message, "host", host);
        message_add_number(message, "port", port);
        /* Theirs waits, ours does not: the flag is of the file, and server's stands as they need it. */
        if (fcntl(ours, F_SETFL, O_NONBLOCK) < 0 || fcntl(server, F_SETFL, 0) < 0)
                return -errno;
        r = message_send(link->watch.fd, message, (int[]){ theirs, server }, 2);
        if (r < 0)
                return r;
        (void)fd_close(server);
        return fd_steal(&ours);
}
