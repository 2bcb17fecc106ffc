/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Overwrites this process's command line and name.  An init is visible to its box's programs, and /proc/PID/cmdline,
 * unlike the rest of /proc/PID, is anybody's to read: it would show them paths of the host. */
void title_set(const char *title);
