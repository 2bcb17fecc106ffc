/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "engine/slots.h"
#include "plan/plan.h"

/* Builder - makes the roots of the boxes out of nothing, as *detached* mount trees: nobody can look up a path in one,
 * and no path of it leads to the host.
 *
 * Linux before 6.15 refuses to mount onto a detached tree, and to copy a part of one.  The builder notices by the
 * first refusal (or is told so) and goes on *staged*: the trees hang below a tmpfs of the builder's own that covers
 * "/" in its mount namespace.  Lookups from "/" still see the host, since a process's root does not follow what is
 * mounted over it, and tree_finish() gives a detached copy. */

typedef struct SharedMount {
        const char *name; /* borrowed from the plan */
        int fd;           /* its first mount; each box gets a copy */
} SharedMount;

/* What may be done in a directory of a tree when a mount point is missing or a symbolic link is in the way. */
typedef enum MountTrust {
        TRUST_HOST, /* the host's: nothing is made; a link is followed unless the caller's user may have placed it */
        TRUST_HOME, /* an app's own persistent directory: mount points are made, no link is followed (the app may have
                       placed it in an earlier run) */
        TRUST_OURS, /* empty a moment ago, filled by this builder alone */
} MountTrust;

typedef struct KnownMount {
        uint64_t id;
        MountTrust trust;
} KnownMount;

typedef struct Tree {
        int root;     /* its top mount */
        bool staged;  /* attached below the builder's staging tmpfs */
        bool entered; /* it is this process's own root by now */
        KnownMount *known;
        size_t n_known;
        /* bubblewrap's contract: its caller alone decides.  Anything may be made anywhere, and every link is followed,
         * inside the tree. */
        bool contract;
        bool follow_last;   /* also where a mount is to be (bubblewrap before 0.12) */
        mode_t parent_mode; /* of directories made on the way; 0: 0755 */
} Tree;

typedef struct Builder {
        Slots *slots; /* those of the devices that the plan names are added */
        bool staging;
        bool root_caller; /* the host's user is root: every file of the host is "the caller's" */
        int staging_fd;   /* -1: not yet made */
        int files_fd;     /* tmpfs of file contents and of empty objects for masks; -1: not yet made */
        bool files_staged;
        unsigned n_files, n_staged;
        SharedMount *shared;
        bool *shared_staged;
        size_t n_shared;
} Builder;

void builder_init(Builder *builder, Slots *slots, bool root_caller, bool staging);
/* Takes the staging tmpfs away with all that hangs in it; the working directory may change.  Descriptors of detached
 * mounts stay, close-on-exec, for the life of the process. */
void builder_clear(Builder *builder);

/* A new root: an empty tmpfs, or what the box's first line says of "/".  *ret_first is the index of the first line that
 * is still to be done.  0 or -errno. */
int tree_begin(Builder *builder, const PlanBox *box, Tree *ret_tree, size_t *ret_first);
/* The finished tree as a detached mount: the descriptor, or -errno.  The tree is cleared. */
int tree_finish(Builder *builder, Tree *tree);
void tree_clear(Tree *tree);

/* A detached copy of what path below dir is, dir being in a tree of ours or in our own mount namespace.  tree: the
 * tree that dir is in, or NULL. */
int builder_clone(Builder *builder, Tree *tree, int dir, const char *path);
/* Mounts it there. */
int builder_attach(Builder *builder, Tree *tree, int mount, int target, MountTrust trust);
/* A copy of the instance's shared tmpfs of that name. */
int builder_shared(Builder *builder, Tree *tree, const PlanMount *mount);
/* A copy of that file. */
int builder_file(Builder *builder, Tree *tree, const char *name);
/* A copy of an empty read-only directory or file. */
int builder_empty(Builder *builder, Tree *tree, bool directory);
/* Makes a detached mount part of this mount namespace, where no path leads to it: before Linux 6.15 an overlay's layers
 * must be (builder->staging tells whether that was met). */
int builder_hang(Builder *builder, Tree *tree, int mount);
/* A new empty file of the hidden tmpfs, open for writing; its name there.  -errno. */
int builder_new_file(Builder *builder, Tree *tree, unsigned mode, char ret_name[16]);
/* A new detached tmpfs; size 0: a small one for skeletons.  Files are counted too: each takes memory beside its size.
 */
int builder_tmpfs(uint32_t mode, uint64_t size, bool noexec);
/* As bubblewrap makes it: size may be PLAN_SIZE_KERNEL, and files are not counted. */
int builder_contract_tmpfs(uint32_t mode, uint64_t size);

/* May an entry be made in that directory of the tree?  0, or -ENOENT where it is the host's. */
int tree_may_make(const Tree *tree, int directory);
MountTrust tree_trust(const Tree *tree, uint64_t mount_id);
