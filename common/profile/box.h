/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "profile/profile.h"

G_BEGIN_DECLS

/* [Box NAME] groups: the boxes that a profile, or a tree file, wants.  One table (box-keys.c) has their keys; what a
 * tree as a whole must be is the planner's affair. */

typedef enum ProfileBoxKey {
        PROFILE_BOX_KIND,
        PROFILE_BOX_PARENT,
        PROFILE_BOX_UNSHARE,
        PROFILE_BOX_HOSTNAME,
        PROFILE_BOX_MAP,
        PROFILE_BOX_SUBIDS,
        PROFILE_BOX_CAPABILITIES,
        PROFILE_BOX_MOUNTS,
        PROFILE_BOX_ENVIRONMENT,
        PROFILE_BOX_RUN,
        PROFILE_BOX_READY,
        PROFILE_BOX_TIMEOUT,
        PROFILE_BOX_AFTER,
        PROFILE_BOX_DEATH,
        _PROFILE_BOX_KEY_MAX,
} ProfileBoxKey;

/* group is "Box NAME". */
const ProfileKeyInfo *profile_box_key_info(ProfileBoxKey key);

/* Boxes in the order in which their groups first appeared. */
guint profile_n_boxes(const Profile *profile);
const char *profile_box_name(const Profile *profile, guint box);

gboolean profile_box_is_set(const Profile *profile, guint box, ProfileBoxKey key);
/* STRING, CHOICE: the set value, else the table's default, else NULL.  Borrowed. */
const char *profile_box_get(const Profile *profile, guint box, ProfileBoxKey key);
/* LIST, WORDS: the entries; never NULL. */
char **profile_box_get_list(const Profile *profile, guint box, ProfileBoxKey key);
/* Where the key was set, or with _PROFILE_BOX_KEY_MAX, and where it was not, where the group stands. */
ProfileOrigin profile_box_origin(const Profile *profile, guint box, ProfileBoxKey key);

/* ---- Values ---- */

/* What stands first in an entry of mounts=. */
typedef enum ProfileBoxMountKind {
        PROFILE_BOX_MOUNT_BASE,    /* the system, read-only, with a /dev, /proc and scratch space of the box's own */
        PROFILE_BOX_MOUNT_GRANTED, /* that, and all that the profile grants the app */
        PROFILE_BOX_MOUNT_PARENT,  /* what the box above shows */
        PROFILE_BOX_MOUNT_BIND,
        PROFILE_BOX_MOUNT_TMPFS,
        PROFILE_BOX_MOUNT_SHARED,
        PROFILE_BOX_MOUNT_OVERLAY,
        PROFILE_BOX_MOUNT_PROC,
        PROFILE_BOX_MOUNT_DEVPTS,
        PROFILE_BOX_MOUNT_MQUEUE,
        PROFILE_BOX_MOUNT_DIR,
        PROFILE_BOX_MOUNT_FILE,
        PROFILE_BOX_MOUNT_SYMLINK,
        PROFILE_BOX_MOUNT_MASK,
        PROFILE_BOX_MOUNT_READ_ONLY,
        _PROFILE_BOX_MOUNT_MAX,
} ProfileBoxMountKind;

/* Words of an entry that have no value. */
typedef enum ProfileBoxMountFlag {
        PROFILE_BOX_MOUNT_RW = 1 << 0,
        PROFILE_BOX_MOUNT_OPTIONAL = 1 << 1,
        PROFILE_BOX_MOUNT_DEVICE = 1 << 2,
        PROFILE_BOX_MOUNT_NOEXEC = 1 << 3,
        PROFILE_BOX_MOUNT_PIDS_ONLY = 1 << 4,
        PROFILE_BOX_MOUNT_HIDE_PIDS = 1 << 5,
} ProfileBoxMountFlag;

/* "bind /srv/data from=/srv rw", "tmpfs /tmp size=64M mode=1777", "parent" */
typedef struct ProfileBoxMount {
        ProfileBoxMountKind kind;
        char *dest; /* "/x" or "~/x"; NULL for base, granted, parent */
        char *from; /* bind: as dest, NULL: the same; shared: a name; symlink: its text; file: its content */
        char **lowers;
        guint flags; /* ProfileBoxMountFlag */
        guint mode;  /* where none is written, what the kind has by itself */
        guint64 size;
} ProfileBoxMount;

gboolean profile_box_mount_parse(ProfileBoxMount *ret_mount, const char *entry);
void profile_box_mount_clear(ProfileBoxMount *mount);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ProfileBoxMount, profile_box_mount_clear)

/* A command's words: blanks part them, "..." and '...' hold them together; no other sign means anything.  NULL: a quote
 * that does not end, or no word. */
char **profile_words_parse(const char *text);

/* "exec", "exit", "fd:N", "line:N", "socket:/PATH", "file:/PATH" */
typedef enum ProfileReady {
        PROFILE_READY_EXEC,
        PROFILE_READY_EXIT,
        PROFILE_READY_FD,
        PROFILE_READY_LINE,
        PROFILE_READY_SOCKET,
        PROFILE_READY_FILE,
        _PROFILE_READY_MAX,
} ProfileReady;

/* ret_path is borrowed from text, or NULL; ret_fd -1 where there is none. */
gboolean profile_ready_parse(const char *text, ProfileReady *ret_ready, gint *ret_fd, const char **ret_path);

/* "caller", "root", "UID", "UID:GID"; for "caller" the ids are left alone. */
gboolean profile_box_map_parse(const char *text, guint *ret_uid, guint *ret_gid);

/* "INSIDE+COUNT" */
gboolean profile_subids_parse(const char *text, guint *ret_inside, guint *ret_count);

G_END_DECLS
