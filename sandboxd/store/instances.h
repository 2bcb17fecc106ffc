/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "instance/instance.h"
#include "store/dirs.h"

G_BEGIN_DECLS

/* The instances of this user: the directories RUNTIME/instances/ID (instance/instance.h has their layout). */

typedef struct StoreInstance {
        InstanceInfo info;
        gboolean alive; /* its lock is held */
} StoreInstance;

void store_instance_free(StoreInstance *instance);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StoreInstance, store_instance_free)

/* The `instances` directory, made where it is missing.  A new descriptor, or -1. */
int store_instances_open(StoreDirs *dirs, GError **error);

/* $XDG_RUNTIME_DIR/.flatpak, where portals look for instances; Flatpak's and ours, so only looked at: it must be a
 * directory of this user that no one else may write.  Made 0700 where it is missing and make is TRUE.  A new
 * descriptor, or -1; ORIEL_ERROR_NOT_FOUND: there is none. */
int store_instances_open_flatpak(StoreDirs *dirs, gboolean make, GError **error);

/* StoreInstance*, oldest first.  Dead ones only with all; those that can't be read are left out. */
GPtrArray *store_instances_list(StoreDirs *dirs, gboolean all, GError **error);

/* Living instance by id, by --instance name, or by a unique app (id, or its last element, without regard to case).
 * ORIEL_ERROR_NOT_FOUND; ORIEL_ERROR_USAGE names those that a word fits, when several do. */
StoreInstance *store_instances_find(StoreDirs *dirs, const char *word, GError **error);

/* Removes what dead instances left behind.  The number of those removed; faults are skipped. */
guint store_instances_reap(StoreDirs *dirs);

/* A connection to the keeper's control socket.  Close-on-exec; -1 with *error. */
int store_instances_connect(StoreDirs *dirs, const char *id, GError **error);

G_END_DECLS
