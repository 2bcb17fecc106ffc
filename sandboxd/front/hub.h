/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <poll.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "front/front.h"

/* FrontHub - the far end of the instance's mediators: writes their records to the audit log, takes their questions to
 * the manager and brings back the answers.  A question that can't be asked is denied, and the record says what would
 * allow it. */
typedef struct FrontHub FrontHub;

enum {
        FRONT_HUB_MEDIATORS = 16,
        FRONT_HUB_QUESTIONS = 8, /* at once: a flood beyond is denied without asking */
        FRONT_HUB_POLLS = FRONT_HUB_MEDIATORS + FRONT_HUB_QUESTIONS,
        FRONT_HUB_WAIT_MS = 60 * 1000,      /* for an answer, where the mediator names no time */
        FRONT_HUB_WAIT_MAX_MS = 600 * 1000, /* and at most */
        /* A manager that is being started, or has not seen the instance yet, is asked again so long, so often. */
        FRONT_HUB_MANAGER_MS = 5000,
        FRONT_HUB_AGAIN_MS = 50,
};

/* config is borrowed for the hub's life; its mediators' descriptors are the hub's from now on.  profile: for the
 * records, or NULL.  0, -E2BIG, -ENOMEM. */
int front_hub_new(FrontHub **ret_hub, const FrontConfig *config, const char *profile);

/* Writes what is still folded, frees. */
void front_hub_free(FrontHub *hub);
DEFINE_CLEANUP(FrontHub, front_hub_free)

/* Fills all entries (unused ones with -1); returns how long poll(2) may wait in ms, -1: for ever. */
int front_hub_prepare(const FrontHub *hub, struct pollfd polls[FRONT_HUB_POLLS]);
void front_hub_handle(FrontHub *hub, const struct pollfd polls[FRONT_HUB_POLLS]);
