/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The display number of a DISPLAY that names a server of this machine by its path socket: ":0", ":0.1", "unix:0",
 * "unix/:0.0" (X(7)).  NULL for all else: "host:10.0" and "localhost:10" are TCP, "tcp/host:0" too. */
char *x_display_local_number(const char *display);

G_END_DECLS
