/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "cache/witness.h"

G_BEGIN_DECLS

/* Witnesses - all that planning asked the host, with the answers, so that the plan can be used again as long as they
 * stay what they are.  Whoever asks says so here, *before* it looks: a change in between then differs from what was
 * written down.  What can't be witnessed spoils the whole: such a plan is not remembered.  Everything takes NULL, and
 * does nothing then. */
typedef struct Witnesses Witnesses;

Witnesses *witnesses_new(void);
void witnesses_free(Witnesses *witnesses);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Witnesses, witnesses_free)

/* path: absolute.  Each directory and each symbolic link on the way is a witness too, up to what is missing.
 * WITNESS_PLACE: that it exists, and as what; WITNESS_CONTENT: also what it holds. */
void witnesses_path(Witnesses *witnesses, const char *path, WitnessKind kind);

/* The other kinds.  The answer: was anything there? */
gboolean witnesses_ask(Witnesses *witnesses, WitnessKind kind, const char *name);

/* why: N_(), a sentence's part, borrowed for good. */
void witnesses_spoil(Witnesses *witnesses, const char *why);

/* NULL, or why nothing may be built on them: it was spoiled, or a file was changed so short a time ago that a further
 * change could have the same time. */
const char *witnesses_fault(const Witnesses *witnesses);

/* Borrowed. */
const Witness *witnesses_all(const Witnesses *witnesses, gsize *ret_n);

/* The same in another order, with WITNESS_NAMES before those that were missing in one directory; where its file system
 * tells of each change.  Borrowed until the next call of anything. */
const Witness *witnesses_pack(Witnesses *witnesses, gsize *ret_n);

G_END_DECLS
