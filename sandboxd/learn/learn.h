/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "audit/audit.h"
#include "profile/profile.h"

G_BEGIN_DECLS

/* Learn - from what a run was refused to the lines of a profile that would have allowed it.  Records in, lines out: no
 * file, no process.  What it gives is the least that the records ask for; what is as good as no box is told apart.
 *
 * Each kind of record has its half (a row in learn.c): D-Bus is learn/bus.c, files learn/files.c, names of the
 * network learn/net.c. */
typedef struct Learn Learn;

/* One line: "[GROUP] KEY=VALUE". */
typedef struct LearnRule {
        const char *group;
        char *key, *value;
        char *before;       /* the profile's own value, which this one holds, too; NULL: it has none */
        const char *danger; /* N_(): why it is left out (after "whoever may"); NULL: it can be taken */
        gint64 n;           /* refusals that it answers */
} LearnRule;

/* profile: as it was for the run, merged; borrowed.  home: the person's. */
Learn *learn_new(const Profile *profile, const char *home);
void learn_free(Learn *learn);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Learn, learn_free)

/* Records that are no refusals are passed over. */
void learn_add(Learn *learn, const AuditRecord *untrusted);

/* LearnRule*, by group and key; those with a danger last. */
GPtrArray *learn_rules(Learn *learn);
/* Refusals that no line answers: of what has no name, of Oriel's own names, of what the profile denies by itself. */
gint64 learn_n_unanswered(const Learn *learn);

/* The text of a profile (NULL: none yet) with these lines in it, those with a danger left out; comments and all else
 * stay. */
char *learn_patch(const char *text, const GPtrArray *rules);

G_END_DECLS
