/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

typedef enum DaemonExchange { /* of a selection; which way is seen from the app */
                              EXCHANGE_NONE,
                              EXCHANGE_TO_APP,
                              EXCHANGE_FROM_APP,
                              EXCHANGE_BOTH,
                              EXCHANGE_ASK,
                              _EXCHANGE_MAX,
} DaemonExchange;

/* Daemon - the half of the bridge on the person's side: the only one with a connection to the person's X server. */

typedef struct DaemonOptions {
        int link_fd, ready_fd, mediator_fd; /* -1: none */
        const char *label;                  /* before titles */
        const char *class;                  /* the desktop's name of the app, for taskbars */
        const char *instance;               /* its id */
        uint32_t border;                    /* 0xrrggbb */
        uint32_t share_percent, frames;
        bool may_fullscreen;
        DaemonExchange clipboard, primary;
} DaemonOptions;

/* 0, -EINVAL (*error says which argument). */
int daemon_options_parse(DaemonOptions *ret_options, int argc, char *const *argv, Buffer *error);

/* Until the person's display, or the link, ends.  0, or 1 with a line on stderr. */
int daemon_run(const DaemonOptions *options);
