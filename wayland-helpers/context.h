/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/buffer.h"

/* A security context of the person's compositor (data/wayland/security-context-v1.xml): from then on the compositor
 * accepts connections on a listening socket of ours, and labels them. */

#define CONTEXT_ENGINE "org.oriel"

typedef struct ContextLabel {
        const char *app, *instance;
} ContextLabel;

/* Makes one at the compositor of $WAYLAND_DISPLAY, and leaves.  A descriptor: when its last copy is closed, nobody is
 * accepted any more; it shows POLLERR when the compositor has given up the context.  Or -1, with why as one line. */
int context_make(Buffer *ret_why, const ContextLabel *label, int listen_fd);
