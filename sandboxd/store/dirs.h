/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "profile/error.h"
#include "witness/witnesses.h"

G_BEGIN_DECLS

/* StoreDirs - Oriel's own four directories, held by descriptor: all that Oriel keeps lies below them, and everything
 * below is reached with openat(2) from here, so that a path that changes its meaning later leads nowhere.
 *
 * The `oriel` directory itself must be a directory (no symlink) of our own uid that no one else may write; looser bits
 * than 0700 are taken away.  What stands above it ($XDG_CONFIG_HOME ...) is the person's, symlinks included. */
typedef struct StoreDirs StoreDirs;

typedef enum StoreDir {
        STORE_DIR_RUNTIME, /* $XDG_RUNTIME_DIR/oriel: instances, sockets */
        STORE_DIR_CONFIG,  /* $XDG_CONFIG_HOME/oriel: profiles, overrides */
        STORE_DIR_DATA,    /* $XDG_DATA_HOME/oriel: apps' homes, grants */
        STORE_DIR_STATE,   /* $XDG_STATE_HOME/oriel: logs */
        _STORE_DIR_MAX,
} StoreDir;

/* Where to look; NULL for what is not set.  A relative XDG path counts as not set (XDG Base Directory Specification).
 * Tests fill it by hand. */
typedef struct StoreEnvironment {
        guint uid; /* owner of all that is ours */
        const char *home;
        const char *xdg_runtime_dir, *xdg_config_home, *xdg_data_home, *xdg_state_home;
        const char *xdg_data_dirs; /* where desktop files are looked up */
        const char *run_user;      /* "/run/user" */
} StoreEnvironment;

/* uid, home (of the environment, else of the user database) and XDG paths of this process; all borrowed from it. */
void store_environment_from_process(StoreEnvironment *ret_environment);

/* Only works out the paths; nothing is opened or made.  Without XDG_RUNTIME_DIR: /run/user/UID if it is ours and 0700,
 * else the state directory's `run`. */
StoreDirs *store_dirs_new(const StoreEnvironment *environment, GError **error);
void store_dirs_free(StoreDirs *dirs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StoreDirs, store_dirs_free)

/* From here on witnesses (borrowed; NULL: none) are told of all that the store asks the host, what store_dirs_new()
 * asked too. */
void store_dirs_set_witnesses(StoreDirs *dirs, Witnesses *witnesses);
Witnesses *store_dirs_witnesses(const StoreDirs *dirs);

/* The path, for messages, masks and the planner.  Never NULL. */
const char *store_dirs_path(const StoreDirs *dirs, StoreDir which);
/* What stands above the runtime directory: "/run/user/1000".  NULL where the state directory took its place. */
const char *store_dirs_user_runtime(const StoreDirs *dirs);
/* $XDG_DATA_HOME and $XDG_DATA_DIRS: where the desktop's own files lie.  NULL-terminated. */
const char *const *store_dirs_desktop_data(const StoreDirs *dirs);
const char *store_dirs_home(const StoreDirs *dirs); /* canonical, or NULL */
/* A sentence to print once, or NULL: why the runtime directory is where it is. */
const char *store_dirs_warning(const StoreDirs *dirs);

/* The directory, opened once and checked; borrowed.  -1 with ORIEL_ERROR_NOT_FOUND where it does not exist and make is
 * FALSE; -1 with ORIEL_ERROR_FAILED and the mend for what is there but can't be trusted. */
int store_dirs_open(StoreDirs *dirs, StoreDir which, gboolean make, GError **error);

/* A directory below it ("apps/ID/default"; single components only, no symlink followed), each made 0700 where make is
 * TRUE.  A new close-on-exec descriptor, or -1 as above. */
int store_dirs_open_below(StoreDirs *dirs, StoreDir which, const char *path, gboolean make, GError **error);

/* A whole small file below it (no symlink, a regular file of ours, at most max bytes); ret_n may be NULL.  FALSE with
 * ORIEL_ERROR_NOT_FOUND where there is none. */
gboolean store_dirs_read(
        StoreDirs *dirs, StoreDir which, const char *path, gsize max, char **ret_text, gsize *ret_n, GError **error);

/* Replaces a file by rename(2), 0600, synced; directories on the way are made. */
gboolean store_dirs_write(StoreDirs *dirs, StoreDir which, const char *path, const char *text, gsize n, GError **error);

/* Removes a file below it, and does not mind that there is none. */
gboolean store_dirs_remove(StoreDirs *dirs, StoreDir which, const char *path, GError **error);

/* PREFIX of the running program: the directory above `bin` or `libexec/oriel`. */
char *store_prefix(GError **error);

G_END_DECLS
