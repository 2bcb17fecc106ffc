/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/name-server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bucket.h"
#include "base/fd.h"
#include "dns/dns-message.h"

struct NameServer {
        const NetPolicy *policy;
        FakeNames *names;
        int file; /* -1: names are not kept */
        Bucket bucket;
};

/* One name a line.  Only this program writes there; what is no name, or cut off, ends the list. */
static int read_names(NameServer *server)
{
        CLEANUP(freep) char *text = NULL;
        size_t n = 0, good = 0;
        int r = fd_read_all(server->file, (size_t)FAKE_NAMES_MAX * (HOST_NAME_MAX_BYTES + 1), &text, &n);

        if (r < 0)
                return r;
        while (good < n) {
                char name[HOST_NAME_MAX_BYTES + 1];
                const char *end = memchr(text + good, '\n', n - good);

                if (end == NULL || !host_name_read(name, text + good, (size_t)(end - text) - good) ||
                    fake_names_add(server->names, name) < 0)
                        break;
                good = (size_t)(end - text) + 1;
        }
        return ftruncate(server->file, (off_t)good) < 0 ? -errno : 0;
}

int name_server_new(NameServer **ret_server, const NetPolicy *policy, FakeNames *names, const char *path)
{
        CLEANUP(name_server_freep) NameServer *server = calloc(1, sizeof *server);
        int r = 0;

        if (server == NULL)
                return -ENOMEM;
        *server = (NameServer){ .policy = policy,
                                .names = names,
                                .file = -1,
                                .bucket = bucket_full(NAME_SERVER_PER_SECOND, NAME_SERVER_BURST) };
        if (path != NULL) {
                server->file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
                r = server->file < 0 ? -errno : read_names(server);
        }
        if (r == 0)
                *ret_server = STEAL(server);
        return r;
}

void name_server_free(NameServer *server)
{
        if (server == NULL)
                return;
        (void)fd_close(server->file);
        free(server);
}

/* Its number, or a negative errno: names below a "*" are as many as the program likes to invent. */
static int number_of(NameServer *server, const char *name, int64_t now_ms)
{
        int number = fake_names_find(server->names, name);
        char line[HOST_NAME_MAX_BYTES + 2];
        size_t n = strlen(name);

        if (number >= 0)
                return number;
        if (!bucket_take(&server->bucket, now_ms))
                return -EAGAIN;
        if (server->file >= 0) {
                int r;

                memcpy(line, name, n); /* NOLINT(bugprone-not-null-terminated-result): a line */
                line[n] = '\n';
                r = fd_write_all(server->file, line, n + 1);
                if (r < 0)
                        return r;
        }
        return fake_names_add(server->names, name);
}

bool name_server_answer(
        NameServer *server, const uint8_t *untrusted, size_t n, int64_t now_ms, Buffer *answer, char *refused)
{
        DnsQuestion question = { 0 };
        NetAddress address = { 0 };
        DnsCode code = DNS_CODE_OK;
        bool wanted;
        int number = -1;

        refused[0] = '\0';
        if (!dns_read_question(&question, untrusted, n))
                return false;
        wanted = question.type == DNS_TYPE_A || question.type == DNS_TYPE_AAAA;
        if (question.fault != DNS_CODE_OK)
                code = question.fault;
        else if (question.name[0] == '\0' || !net_policy_knows(server->policy, question.name))
                code = DNS_CODE_NO_NAME;
        else if (wanted && (number = number_of(server, question.name, now_ms)) < 0)
                code = DNS_CODE_SERVER;
        if (code == DNS_CODE_NO_NAME)
                memcpy(refused, question.name, sizeof question.name);
        if (number >= 0)
                address = fake_names_address((size_t)number, question.type == DNS_TYPE_AAAA);
        dns_answer(answer, &question, untrusted, code, number >= 0 ? &address : NULL);
        return !answer->failed;
}
