/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "facts/facts.h"

G_BEGIN_DECLS

/* Wanted - answering what the planner asked; private to the room.  Asking for many paths of few directories: each
 * directory is resolved once. */
typedef struct Wanted {
        HostFacts *facts;
        GHashTable *directories; /* path → its canonical form, "" for none */
        Witnesses *witnesses;
} Wanted;

void facts_ask_path(Wanted *wanted, const char *path);
void facts_ask_project(Wanted *wanted, const char *path);

G_END_DECLS
