/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "base/buffer.h"

/* What was learnt, for a person: the difference that it would make to the profile of that name.  Pure. */
void learn_view_print(const GPtrArray *rules, gint64 n_unanswered, const char *profile, Buffer *ret_text);
/* For programs: {rules: [{group, key, value, before, danger, refused}], unanswered}. */
void learn_view_json(const GPtrArray *rules, gint64 n_unanswered, Buffer *ret_text);
