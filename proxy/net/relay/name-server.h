/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/buffer.h"
#include "base/cleanup.h"
#include "names/fake-names.h"
#include "names/net-policy.h"

/* NameServer - what the box's questions are answered: an address of the box's own for a name that may be reached, "no
 * such name" for every other.  Nothing leaves: a question carries no word out, however it is made. */
typedef struct NameServer NameServer;

enum {
        NAME_SERVER_BURST = 256, /* new names at once */
        NAME_SERVER_PER_SECOND = 32,
};

/* path: where the names are kept, so that a later start gives each the address that it had; NULL: nowhere.  0, -errno.
 */
int name_server_new(NameServer **ret_server, const NetPolicy *policy, FakeNames *names, const char *path);
void name_server_free(NameServer *server);
DEFINE_CLEANUP(NameServer, name_server_free)

/* False: no answer.  refused (HOST_NAME_MAX_BYTES + 1): the name that was refused, or "". */
bool name_server_answer(
        NameServer *server, const uint8_t *untrusted, size_t n, int64_t now_ms, Buffer *answer, char *refused);
