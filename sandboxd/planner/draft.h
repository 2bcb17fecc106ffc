/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "plan/plan.h"

G_BEGIN_DECLS

/* Draft - a box while its mounts and programs are being collected, in any order: draft_finish() sorts the mounts so
 * that each stands after those that it lies in.  Two things at one path: the later takes the earlier's place. */
typedef struct Draft {
        GArray *mounts;   /* PlanMount */
        GArray *programs; /* PlanProgram, without box and after */
        guint32 unshare;
} Draft;

Draft *draft_new(guint32 unshare);
void draft_free(Draft *draft);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Draft, draft_free)

/* flags: PlanMountFlag.  All strings are copied. */
void draft_bind(Draft *draft, const char *source, const char *dest, guint32 flags);
/* What the descriptor under that name stands for. */
void draft_bind_slot(Draft *draft, const char *slot, const char *dest, guint32 flags);
/* A directory below root, made where it is missing. */
void draft_bind_below(Draft *draft, const char *root, const char *source, const char *dest, guint32 flags);
/* source, with changes kept in a directory below root, and work beside it; both are made where they are missing. */
void draft_overlay(
        Draft *draft, const char *root, const char *source, const char *changes, const char *work, const char *dest);
/* The same, but that a run beside another that has those changes begins with none of them, and forgets its own; size:
 * of these. */
void draft_overlay_apart(Draft *draft,
                         const char *root,
                         const char *source,
                         const char *changes,
                         const char *work,
                         const char *dest,
                         guint64 size);
/* The same, with changes in memory. */
void draft_overlay_forgotten(Draft *draft, const char *source, const char *dest, guint64 size);
/* Valid until the next is added. */
PlanMount *draft_tmpfs(Draft *draft, const char *dest, guint32 mode, guint64 size);
void draft_shared(Draft *draft, const char *name, const char *dest, guint32 mode, guint64 size, guint32 flags);
/* PROC, DEVPTS, MQUEUE, MASK, RO. */
void draft_plain(Draft *draft, PlanMountKind kind, const char *dest);
/* flags: PLAN_MOUNT_PIDS_ONLY, PLAN_MOUNT_HIDE_PIDS. */
void draft_proc(Draft *draft, const char *dest, guint32 flags);
/* Of several; changes, where flags have RW, go to memory. */
void draft_overlay_of(Draft *draft, const char *dest, const char *const *lowers, guint64 size, guint32 flags);
void draft_dir(Draft *draft, const char *dest, guint32 mode);
void draft_file(Draft *draft, const char *dest, const char *content, guint32 mode);
/* The same, to have and to change, in a home where there is none. */
void draft_file_if_free(Draft *draft, const char *dest, const char *content, guint32 mode);
void draft_file_slot(Draft *draft, const char *dest, const char *slot, guint32 mode);
/* Served by whoever has that slot. */
void draft_fuse(Draft *draft, const char *dest, const char *slot);
void draft_symlink(Draft *draft, const char *dest, const char *target);
/* The same, where nothing else is there. */
void draft_symlink_if_free(Draft *draft, const char *dest, const char *target);
/* What is there can't be replaced; flags: PLAN_MOUNT_RW or 0. */
void draft_pin(Draft *draft, const char *dest, guint32 flags);

/* A copy of all mounts of the other. */
void draft_add_all(Draft *draft, const Draft *from);

/* Takes away what was put at or below that path. */
void draft_drop(Draft *draft, const char *path);
/* Is that path in something of the host's that is shown, or in a tmpfs of its own? */
gboolean draft_shows(const Draft *draft, const char *path);

/* Adds an empty program and returns it, valid until the next is added.  Strings are the draft's from then on. */
PlanProgram *draft_program(Draft *draft, const char *name);

/* Sorts, and moves mounts to the box. */
void draft_finish(Draft *draft, PlanBox *ret_box);

/* path is top or lies below it. */
gboolean path_is_below(const char *path, const char *top);

G_END_DECLS
