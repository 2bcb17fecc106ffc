/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The resident engine: keeps the warm parts.  It owns no instance; its end takes away what is parked and nothing else.
 *
 * At its socket (warm/paths.h), from processes outside every box, which show it by a descriptor of their user
 * namespace:
 *
 *      seen  name=, and the plan in a sealed memfd: launched without a parked box; answered `done`
 *      drop  app=: what is parked for it goes; without app: all.  Answered `done` when it is gone
 *
 * To manager_fd it sends a byte, twice a second at most, while launches take its boxes.
 * Serves until the other end of it is closed, SIGTERM, or an error: 0 or -errno. */
int resident_run(const char *manager, int manager_fd);
