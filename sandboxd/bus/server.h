/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "session/manager.h"

G_BEGIN_DECLS

/* BusServer - the manager's private socket, ORIEL_RUNTIME/manager (docs/theory/messages.md): questions of front ends,
 * and what the command line may do that the D-Bus API may not. */
typedef struct BusServer BusServer;

typedef struct BusServerOptions {
        const char *version;
        void (*stop)(gpointer data); /* `stop` came, and was answered */
        gpointer data;
} BusServerOptions;

/* fd: the listening socket; taken.  manager is borrowed. */
BusServer *bus_server_new(int fd, SessionManager *manager, const BusServerOptions *options);
void bus_server_free(BusServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BusServer, bus_server_free)

/* A listening socket at path, 0600; what stands there from before is removed, so the caller holds the manager's lock.
 * -1 with *error. */
int bus_server_listen(const char *path, GError **error);

G_END_DECLS
