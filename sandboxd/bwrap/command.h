/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buffer.h"
#include "base/cleanup.h"

/* BwrapCommand - a bubblewrap command line, read.  Pure: the words and the files of --args come in, this comes out;
 * plan-of.h makes the plan of it.  Texts are borrowed from the words, or owned by `blobs`. */

enum { BWRAP_MAX_WORDS = 9000 }; /* with those of --args */

typedef enum BwrapOpKind {
        BWRAP_BIND,
        BWRAP_REMOUNT_RO,
        BWRAP_OVERLAY,
        BWRAP_TMP_OVERLAY,
        BWRAP_RO_OVERLAY,
        BWRAP_PROC,
        BWRAP_DEV,
        BWRAP_TMPFS,
        BWRAP_MQUEUE,
        BWRAP_DIR,
        BWRAP_FILE,
        BWRAP_BIND_DATA,
        BWRAP_SYMLINK,
        BWRAP_CHMOD,
        _BWRAP_OP_MAX,
} BwrapOpKind;

typedef enum BwrapOpFlag {
        BWRAP_READ_ONLY = 1 << 0,
        BWRAP_DEVICES = 1 << 1,
        BWRAP_TRY = 1 << 2,
} BwrapOpFlag;

/* One step of building the root; done in order. */
typedef struct BwrapOp {
        BwrapOpKind kind;
        uint32_t flags; /* BwrapOpFlag */
        const char *
                source; /* bind: a path; symlink: its text; overlay: the writable layer; NULL where the kind has none */
        const char *work;             /* overlay: its work directory */
        const char *dest;             /* as it was written */
        int fd;                       /* bind by descriptor, file, data; else -1 */
        uint32_t mode;                /* tmpfs, dir, file, data, chmod */
        uint64_t size;                /* tmpfs; 0: the kernel's default */
        size_t first_layer, n_layers; /* overlays: in command->layers, the lowest first */
} BwrapOp;

typedef enum BwrapNamespace {
        BWRAP_NS_USER,
        BWRAP_NS_IPC,
        BWRAP_NS_PID,
        BWRAP_NS_NET,
        BWRAP_NS_UTS,
        BWRAP_NS_CGROUP,
        _BWRAP_NS_MAX,
} BwrapNamespace;

/* Descriptors of which the last one given counts. */
typedef enum BwrapFd {
        BWRAP_FD_SYNC,
        BWRAP_FD_BLOCK,
        BWRAP_FD_USERNS_BLOCK,
        BWRAP_FD_INFO,
        BWRAP_FD_JSON_STATUS,
        BWRAP_FD_SECCOMP,
        BWRAP_FD_USERNS,
        BWRAP_FD_USERNS2,
        BWRAP_FD_PIDNS,
        _BWRAP_FD_MAX,
} BwrapFd;

/* What the reader must be told about the host. */
typedef struct BwrapHost {
        uid_t uid; /* the caller's */
        gid_t gid;
        uint64_t caps;        /* the caller's, if it is root */
        bool user_namespaces; /* can be made: for the -try form */
        bool cgroup_namespaces;
        char **env; /* NULL-terminated; borrowed */
        /* The bytes of a descriptor, to its end, and closes it: 0 or -errno.  malloc. */
        int (*read_args)(void *data, int fd, char **ret_bytes, size_t *ret_n);
        void *data;
} BwrapHost;

typedef struct BwrapCommand {
        BwrapOp *ops;
        size_t n_ops, room_ops;
        const char **layers;
        size_t n_layers, room_layers;
        bool unshare[_BWRAP_NS_MAX];
        int fds[_BWRAP_FD_MAX]; /* -1: not given */
        int *filters;           /* --add-seccomp-fd, in order */
        size_t n_filters, room_filters;
        int64_t uid, gid;          /* inside */
        const char *hostname;      /* or NULL */
        const char *chdir, *argv0; /* or NULL */
        const char **lock_files;
        size_t n_lock_files, room_lock_files;
        bool disable_userns, assert_userns_disabled, new_session, die_with_parent, as_pid_1;
        uint64_t caps; /* to keep */
        bool caps_said;
        char **env; /* NULL-terminated */
        size_t n_env, room_env;
        char **argv; /* NULL-terminated; the program to run */
        bool level_prefix;
        char **blobs;
        size_t n_blobs, room_blobs;
        Buffer messages; /* whole lines for standard error: warnings, and at last what is wrong */
} BwrapCommand;

typedef enum BwrapOutcome {
        BWRAP_RUN,
        BWRAP_HELP,    /* the usage on standard output, 0 */
        BWRAP_VERSION, /* the version there, 0 */
        BWRAP_USAGE,   /* the usage on standard error, 1 */
        BWRAP_REFUSED, /* messages, 1 */
        BWRAP_NO_MEMORY,
} BwrapOutcome;

/* words: without the program's own name; NULL-terminated.  *ret_command is to be cleared whatever the outcome. */
BwrapOutcome bwrap_command_read(BwrapCommand *ret_command, const BwrapHost *host, char **words);
void bwrap_command_clear(BwrapCommand *command);

/* "bwrap: ", before it the level where that was asked for; for errors (false) and warnings. */
const char *bwrap_command_prefix(const BwrapCommand *command, bool warning);
