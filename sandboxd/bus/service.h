/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "session/manager.h"

G_BEGIN_DECLS

/* BusService - org.oriel.Sandbox1 on the session bus (data/org.oriel.Sandbox1.xml): read, start as profiled, stop what
 * the caller started. */
typedef struct BusService BusService;

#define BUS_SERVICE_NAME "org.oriel.Sandbox1"
#define BUS_SERVICE_PATH "/org/oriel/Sandbox1"

/* Exports the object and asks for the name.  manager is borrowed. */
BusService *bus_service_new(GDBusConnection *connection, SessionManager *manager, const char *version, GError **error);
void bus_service_free(BusService *service);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BusService, bus_service_free)

/* Is there a session bus that needs no starting?  GIO would start one for itself. */
gboolean bus_service_has_bus(void);

G_END_DECLS
