/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The system calls that name a path: who learns waits at each, and the front end looks at what it names. */

enum { NOTIFY_MAX_CALLS = 48 };

typedef enum NotifyAccess {
        NOTIFY_LOOK, /* is it there? */
        NOTIFY_READ,
        NOTIFY_WRITE,
        NOTIFY_EXECUTE,
        NOTIFY_CONNECT, /* a socket's address */
        NOTIFY_OPEN,    /* read or write, as its flags say */
        NOTIFY_OPEN2,   /* the same, and the flags are in a structure */
        _NOTIFY_ACCESS_MAX,
} NotifyAccess;

typedef struct NotifyCall {
        long number;
        signed char dir, path, flags; /* which argument; -1: none */
        NotifyAccess access;
} NotifyCall;

extern const NotifyCall notify_calls[];
extern const size_t notify_n_calls;

/* NULL: not among them. */
const NotifyCall *notify_call_find(long number);
