/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "store/instances.h"

G_BEGIN_DECLS

/* SessionRegistry - the instances that live, kept up to date without polling: inotify(7) tells of new ones and of
 * changes, a `watch` connection to each keeper tells of the end.  Nothing in it is state of its own: a manager that
 * starts finds the same instances, so adoption needs no code.  What a dead instance left behind is removed within a
 * second, also after kill -9 of its front end. */
typedef struct SessionRegistry SessionRegistry;

typedef enum SessionChange { SESSION_INSTANCE_ADDED, SESSION_INSTANCE_CHANGED, SESSION_INSTANCE_REMOVED } SessionChange;

/* info: as last seen. */
typedef void (*SessionRegistryFunc)(SessionChange change, const InstanceInfo *info, gpointer data);

/* dirs is borrowed for its life.  Calls func for what is there already, from the main loop. */
SessionRegistry *session_registry_new(StoreDirs *dirs, SessionRegistryFunc func, gpointer data, GError **error);
void session_registry_free(SessionRegistry *registry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SessionRegistry, session_registry_free)

guint session_registry_size(const SessionRegistry *registry);
/* Borrowed; NULL where there is none of that id. */
const InstanceInfo *session_registry_get(const SessionRegistry *registry, const char *id);
/* InstanceInfo*, borrowed, oldest first. */
GPtrArray *session_registry_list(const SessionRegistry *registry);

G_END_DECLS
