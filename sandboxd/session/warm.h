/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* SessionWarm - the resident engine, which keeps boxes ready for launches to come (docs/theory/warm.md): a child of the
 * manager that ends with it.  No instance depends on it. */
typedef struct SessionWarm SessionWarm;

/* engine: PREFIX/libexec/oriel/oriel-engine; manager: path of the manager's socket.  used: called while launches take
 * boxes, now and then.  NULL with *error set: launches are slower then, and that is all. */
SessionWarm *
session_warm_start(const char *engine, const char *manager, void (*used)(gpointer data), gpointer data, GError **error);

/* Returns when it has ended, and what it had parked. */
void session_warm_stop(SessionWarm *warm);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SessionWarm, session_warm_stop)

G_END_DECLS
