/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "plan/plan.h"
#include "profile/box.h"

G_BEGIN_DECLS

/* Template - the tree of boxes as [Box NAME] groups say it, of the profile itself or of a tree file (profiles/trees):
 * which boxes there may be, how they are nested, what each has of its own, and what runs in it.  The planner leaves out
 * the boxes that nothing runs in, and namespaces that the profile grants of the host's ("net"). */

typedef struct TemplateBox {
        char *name;
        PlanBoxKind kind;
        guint parent; /* index; of the first: 0 */
        guint32 unshare;
        char **run;   /* roles, and commands; never NULL */
        guint *after; /* boxes; what lies in them counts too, but in those that the box lies in itself */
        gsize n_after;
} TemplateBox;

typedef struct Template {
        const Profile *profile; /* that has the groups; their order is that of boxes */
        Profile *own;           /* the same, where it is a tree file */
        GPtrArray *boxes;       /* TemplateBox*, parents first */
} Template;

/* Of the profile's own groups, if it has any, else of the tree file's text; the profile is borrowed.  Refused, with the
 * line: a box without a kind, a parent that is unknown, stands below or leads back to the box, a role twice or none for
 * the app, ... */
Template *template_new(const Profile *profile, const char *text, const char *label, GError **error);
void template_free(Template *template);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Template, template_free)

/* A semi-trusted box more, with every namespace its own, that runs that program: "semi/PROGRAM".  It stands last, in
 * the keeper's. */
void template_add_semi(Template *template, const char *program);

/* Boxes before that index are written in the tree. */
guint template_n_written(const Template *template);

/* Index of the box that runs that program, or -1. */
gint template_box_of(const Template *template, const char *program);

/* Is this entry of run= a program that the planner knows, and not a command? */
gboolean template_is_role(const char *run);

/* Is box i the box top, or somewhere in it? */
gboolean template_is_within(const Template *template, guint i, guint top);

/* FALSE; the sentence after "FILE:LINE: box NAME: ", of the key's line or, with _PROFILE_BOX_KEY_MAX, the group's. */
gboolean template_fail(const Template *template, guint box, ProfileBoxKey key, GError **error, const char *format, ...)
        G_GNUC_PRINTF(5, 6);

G_END_DECLS
