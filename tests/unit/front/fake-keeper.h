/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <sys/types.h>

#include "base/message.h"
#include "front/front.h"

/* FakeKeeper - a forked child that plays the keeper's part for tests of the front end. */
typedef struct FakeKeeper {
        pid_t pid;
        int pidfd, socket; /* the front end's ends */
        FrontSignals signals;
} FakeKeeper;

/* body runs in the child and returns its exit status; the test's process goes on. */
void fake_keeper_start(FakeKeeper *ret_keeper, int (*body)(int socket, void *data), void *data);

/* For bodies.  fds may be NULL. */
void fake_keeper_say(int socket, const char *verb, const int *fds, gsize n_fds, const char *key, ...)
        G_GNUC_NULL_TERMINATED;
/* The next message of the front end; NULL at its end. */
Message *fake_keeper_hear(int socket);

FrontConfig fake_keeper_config(FakeKeeper *keeper);
