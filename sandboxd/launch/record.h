/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "launch/prepare.h"
#include "start/record.h"

G_BEGIN_DECLS

/* LaunchRecord - a StartRecord of a launch, and the texts in it that nobody else owns. */
typedef struct LaunchRecord {
        StartRecord start;
        char *display, *inner_display, *state_above, *keyring_secret;
} LaunchRecord;

/* Borrows from both. */
LaunchRecord *launch_record_new(const Launch *launch, const LaunchRequest *request);
void launch_record_free(LaunchRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LaunchRecord, launch_record_free)

G_END_DECLS
