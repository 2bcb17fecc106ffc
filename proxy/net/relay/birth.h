/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/cleanup.h"
#include "relay/loop.h"

/* Birth - sockets of the box's own network: whoever connects one reaches what listens in the box.  The init of the box
 * makes them for the asking (docs/theory/messages.md). */
typedef struct Birth Birth;

/* fd: not connected, the callee's; -1: there is none. */
typedef void (*BirthDone)(void *data, int fd);

/* channel: borrowed.  NULL when out of memory. */
Birth *birth_new(Loop *loop, int channel);
void birth_free(Birth *birth);
DEFINE_CLEANUP(Birth, birth_free)

/* done is called once, from the loop, unless birth_forget() comes first.  0 or -errno. */
int birth_ask(Birth *birth, bool six, BirthDone done, void *data);
void birth_forget(Birth *birth, const void *data);
