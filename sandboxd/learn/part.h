/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "learn/learn.h"

/* LearnPart - the half of one kind of record. */
typedef struct LearnPart {
        guint events; /* 1 << AuditEvent, of each kind */
        gpointer (*new)(const Profile *profile, const char *home);
        void (*free)(gpointer part);
        /* FALSE: no line can answer it. */
        gboolean (*add)(gpointer part, const AuditRecord *untrusted);
        /* Adds LearnRule*; the number of refusals that turned out to have no answer. */
        gint64 (*put)(gpointer part, GPtrArray *rules);
} LearnPart;

extern const LearnPart learn_bus, learn_files, learn_net;

/* Takes value. */
void learn_put(GPtrArray *rules,
               const char *group,
               const char *key,
               char *value,
               const char *before,
               const char *danger,
               gint64 n);
