/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "plan/plan.h"
#include "profile/error.h"

G_BEGIN_DECLS

/* Template - a tree of boxes as a file says it (profiles/trees): which boxes there may be, how they are nested, what
 * each has of its own, and which programs run in it.  The planner leaves out the boxes that nothing runs in.
 *
 *      [Box semi/x]
 *      kind=semi
 *      parent=keeper
 *      unshare=user;mount;pid;net
 *      run=xephyr
 *
 * kind: plan_box_kind_word(); parent: a box above, absent for the first; unshare: plan_namespace_word(); run: the names
 * of programs.  A name space that the profile grants ("net") is left out by the planner. */

typedef struct TemplateBox {
        char *name;
        PlanBoxKind kind;
        guint parent; /* index; of the first: 0 */
        guint32 unshare;
        char **run; /* never NULL */
} TemplateBox;

typedef struct Template {
        GPtrArray *boxes; /* TemplateBox*, parents first */
} Template;

Template *template_parse(const char *text, GError **error);
void template_free(Template *template);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Template, template_free)

/* A semi-trusted box more, with every namespace its own, that runs that program before all others: "semi/PROGRAM". */
void template_add_semi(Template *template, const char *program);

/* Index of the box that runs that program, or -1. */
gint template_box_of(const Template *template, const char *program);

G_END_DECLS
