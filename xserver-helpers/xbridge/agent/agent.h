/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Agent - the half of the bridge inside the box: window manager of the inner server.  It runs beside the app and is
 * trusted with nothing; what it must not do is wait.  Answers of the inner server are taken when they come. */

typedef struct AgentOptions {
        int link_fd, ready_fd; /* ready_fd: -1, or a line is written there once it manages the display */
} AgentOptions;

/* Until the display or the link ends.  0, or 1 with a line on stderr. */
int agent_run(const AgentOptions *options);
