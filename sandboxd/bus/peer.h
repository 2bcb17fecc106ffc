/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <sys/types.h>

#include "profile/error.h"

G_BEGIN_DECLS

/* Who is at the other end of the private socket: only a process of our own uid, in our own user and mount namespace,
 * may speak, for only a person widens what an app may do (DESIGN, "Things that must always hold").  A boxed process has
 * other namespaces even if the socket should ever be visible to it. */

/* The peer's pid, or -1 with ORIEL_ERROR_DENIED. */
pid_t bus_peer_check(int socket, GError **error);

G_END_DECLS
