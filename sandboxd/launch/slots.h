/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "launch/prepare.h"

G_BEGIN_DECLS

/* LaunchSlots - the descriptors that go to the engine with a plan, each under its slot's name
 * (docs/theory/messages.md). */
typedef struct LaunchSlots LaunchSlots;

LaunchSlots *launch_slots_new(void);
/* Closes what was taken. */
void launch_slots_free(LaunchSlots *slots);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LaunchSlots, launch_slots_free)

/* Takes *fd, which is -1 afterwards. */
void launch_slots_take(LaunchSlots *slots, const char *name, int *fd);
/* 0, 1, 2 of this process. */
void launch_slots_borrow(LaunchSlots *slots, const char *name, int fd);

guint launch_slots_size(const LaunchSlots *slots);
const char *launch_slots_name(const LaunchSlots *slots, guint i);
int launch_slots_fd(const LaunchSlots *slots, guint i);
/* -1 where there is none. */
int launch_slots_get(const LaunchSlots *slots, const char *name);

/* Adds what the plan asks for and nobody has brought yet: the mediators' channels, the cookies.  FALSE where the plan
 * needs a slot that this program can't fill. */
gboolean launch_slots_fill(LaunchSlots *slots, const Launch *launch, GError **error);

G_END_DECLS
