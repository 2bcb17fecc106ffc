/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "plan/plan.h"

G_BEGIN_DECLS

/* What `ps` says of an instance, read from its plan: what is given, not what was wished. */

/* "0" of the app's DISPLAY=:0; NULL without one. */
char *plan_facts_display_number(const Plan *plan);

/* "seamless :77", "xephyr :77", "host :0", "wayland wayland-0", "wayland+seamless :77", "none". */
char *plan_facts_display(const Plan *plan);

/* "host", "none", or the program that serves it ("named" by net-proxy, "full" by pasta). */
const char *plan_facts_network(const Plan *plan);

/* Does a mount of the plan take its source from below this directory? */
gboolean plan_facts_uses(const Plan *plan, const char *directory);

G_END_DECLS
