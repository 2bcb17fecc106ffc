/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/message.h"
#include "profile/error.h"

/* What a keeper says of its instance (docs/theory/messages.md, `tree`), with the host's pids beside its own. */

typedef struct KeeperBox {
        guint parent; /* index; the first box's is its own */
        char *kind, *name;
        char *note; /* of a plan that is only explained: what else there is to say; else NULL */
} KeeperBox;

typedef struct KeeperProcess {
        guint box;
        bool own;       /* it is of Oriel's: the box's init, or the keeper */
        pid_t pid;      /* as the keeper sees it */
        pid_t host_pid; /* 0: it is gone, or /proc hides it */
        char *role;     /* "app", "shell", or the name of a companion in the plan ("xephyr") */
        char *name;     /* of the program */
        char *note;     /* as of a box */
} KeeperProcess;

typedef struct KeeperTree {
        GArray *boxes;     /* KeeperBox, parents first */
        GArray *processes; /* KeeperProcess */
} KeeperTree;

/* Pure.  ORIEL_ERROR_FAILED for what is no such message. */
KeeperTree *keeper_tree_parse(const Message *untrusted, GError **error);
void keeper_tree_free(KeeperTree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(KeeperTree, keeper_tree_free)

/* Fills host_pid; host_pids: pid in the keeper's namespace → host's pid. */
void keeper_tree_translate(KeeperTree *tree, GHashTable *host_pids);

/* Replaces the plan's names by those of the processes where host_pid is known. */
void keeper_tree_read_names(KeeperTree *tree);

/* How long an order waits for its answer. */
enum { KEEPER_ANSWER_TIMEOUT_MS = 5000 };

/* Asks on a connected control socket. */
KeeperTree *keeper_ask_tree(int control, int timeout_ms, GError **error);

/* Sends a verb without fields and waits for `done`. */
bool keeper_tell(int control, const char *verb, GError **error);

/* Waits until the other end is closed: the instance is over.  False after that many milliseconds (-1: never). */
bool keeper_wait_end(int control, int timeout_ms);
