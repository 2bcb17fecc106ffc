/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/cleanup.h"

/* Plan - what one launch will be: a tree of boxes, the mounts of each, the programs in them.  Pure data: the planner
 * makes it, plan_check() judges it, the engine does it, `oriel explain` prints it.  What is not in the plan does not
 * happen.
 *
 * Boxes stand parents first: boxes[0] is the keeper's, every other box's parent has a smaller index.  Programs stand in
 * the order in which they are started; a program names those that must be ready before it by smaller indices.
 *
 * A *slot* is a descriptor that the launcher hands to the engine under a name: what it stands for is not known when the
 * plan is made (a connected socket, a cookie) or must not be printed (a secret). */

enum {
        PLAN_VERSION = 10,
        /* Generous for any real tree; a decoder of hostile bytes stops here. */
        PLAN_MAX_BYTES = 4 * 1024 * 1024,
        PLAN_MAX_BOXES = 64,
        PLAN_MAX_DEPTH = 32,    /* pid namespaces above one another (pid_namespaces(7)) */
        PLAN_MAX_MOUNTS = 4096, /* of one box */
        PLAN_MAX_LOWERS = 32,   /* of one overlay: their names are one option of fsconfig(2), 255 bytes */
        PLAN_MAX_PROGRAMS = 64,
        PLAN_MAX_STRINGS = 16384, /* of one argv or environment */
        PLAN_MAX_SLOTS = 64,
        PLAN_MAX_ROUTES = 32,       /* of one box */
        PLAN_MAX_LISTENERS = 48,    /* of one box; they travel in one message */
        PLAN_MAX_LIMITS = 16,       /* the kernel has as many (RLIM_NLIMITS) */
        PLAN_MAX_CALLS = 512,       /* of a list of system calls */
        PLAN_MAX_FILTER = 4096 * 8, /* bytes; the kernel takes as much (BPF_MAXINSNS) */
        PLAN_MAX_PORTS = 64,
        PLAN_MAX_RANGES = 8, /* of one id map */
        PLAN_MAX_GUARDS = 16,
        PLAN_MAX_CLASSES = 16, /* of one guard */
};

typedef enum PlanBoxKind {
        PLAN_BOX_KEEPER,     /* the outer pid, user and mount namespaces; runs no program */
        PLAN_BOX_SEMI,       /* semi-trusted: one companion with one host resource; without a program a zone of them */
        PLAN_BOX_INNER,      /* a zone: namespaces, and perhaps a view, that the boxes in it share; runs no program */
        PLAN_BOX_COMPANIONS, /* untrusted companions that serve the app */
        PLAN_BOX_APP,
        _PLAN_BOX_MAX,
} PlanBoxKind;

/* A set of these.  A box without one shares its parent's. */
typedef enum PlanNamespace {
        PLAN_NS_USER = 1 << 0, /* every program of the box runs in a child user namespace of the instance's outer one */
        PLAN_NS_MOUNT = 1 << 1,
        PLAN_NS_PID = 1 << 2,
        PLAN_NS_NET = 1 << 3,
        PLAN_NS_IPC = 1 << 4,
        PLAN_NS_UTS = 1 << 5,
        PLAN_NS_CGROUP = 1 << 6,
        PLAN_NS_TIME = 1 << 7,
        _PLAN_NS_ALL = (1 << 8) - 1,
} PlanNamespace;

typedef enum PlanMountKind {
        PLAN_MOUNT_BIND,    /* source: a host path (directory, file, socket, device) or, with a slot, the descriptor's
                               object; recursive */
        PLAN_MOUNT_TMPFS,   /* mode, size (bytes; never 0); RW, for "/" alone: it stays writable */
        PLAN_MOUNT_SHARED,  /* source: a name; one tmpfs of the instance, seen by each box that names it; mode, size */
        PLAN_MOUNT_OVERLAY, /* lowers; RW: changes go to the directory source, with work beside it on the same file
                               system, or without source to a tmpfs that ends with the instance (size); not RW: two
                               lowers or more, read-only */
        PLAN_MOUNT_FUSE,    /* slot "fuse-...", which the engine fills: a read-only file system that the one program
                               with that descriptor serves, from whatever box it is in */
        PLAN_MOUNT_PROC,    /* of the box's pid namespace */
        PLAN_MOUNT_DEVPTS,  /* a new instance */
        PLAN_MOUNT_MQUEUE,  /* of the box's ipc namespace */
        PLAN_MOUNT_DIR,     /* mode; an existing directory stays as it is */
        PLAN_MOUNT_FILE,    /* content, or a slot that is read to its end; mode; read-only unless PLAN_MOUNT_RW */
        PLAN_MOUNT_SYMLINK, /* source: the link's text */
        PLAN_MOUNT_MASK,  /* covers what is there with an empty read-only directory or file; skipped where nothing is */
        PLAN_MOUNT_RO,    /* makes the mount at dest read-only, not recursive; for "/" and skeletons, after all below it
                             exist */
        PLAN_MOUNT_CHMOD, /* gives what is at dest this mode; only what earlier lines made */
        _PLAN_MOUNT_MAX,
} PlanMountKind;

typedef enum PlanMountFlag {
        PLAN_MOUNT_RW = 1 << 0, /* bind, file, shared, overlay: writable; the default is read-only */
        PLAN_MOUNT_OPTIONAL =
                1 << 1, /* bind: skipped where the source does not exist, or something else lies where it would be
                           shown; symlink: where something else is
                           there; file, with content: the same, and else it is made in the app's home and
                           stays there as the app's own; overlay with CREATE: where another run has its place for
                           changes, they go to memory (size) */
        PLAN_MOUNT_DEVICE = 1 << 2, /* bind: device nodes work in it */
        PLAN_MOUNT_CREATE =
                1 << 3, /* bind, overlay: source (and work) is made (0700) where it is missing, below source_root; an
                           overlay's is then one run's at a time, by a file "lock" beside work */
        PLAN_MOUNT_NOEXEC = 1 << 4,
        PLAN_MOUNT_PIN = 1 << 5, /* bind without source: of what is already at dest onto itself, so that it can't be
                                    renamed or removed; read-only unless RW */
        PLAN_MOUNT_PIDS_ONLY = 1 << 6, /* proc: processes alone (subset=pid); hides nothing from a box that may nest,
                                          since that can mount a whole one */
        PLAN_MOUNT_HIDE_PIDS = 1 << 7, /* proc: other users' processes are not there (hidepid=invisible); the same */
        /* Of plans that bubblewrap's command line asks for (sandboxd/bwrap), and of no instance's: they never travel as
         * bytes. */
        PLAN_MOUNT_AS_HOST = 1 << 8, /* bind: magic links to the source are followed, and what the host mounts below it
                                        later appears; file: its slot is read from where it stands */
        PLAN_MOUNT_GUARD = 1 << 9,   /* pin: only where the caller could write to what is there */
        PLAN_MOUNT_IN_PLACE = 1 << 10, /* file: written at dest itself, also over what is there */
        _PLAN_MOUNT_FLAGS = (1 << 11) - 1,
        _PLAN_MOUNT_INSTANCE_FLAGS = (1 << 8) - 1,
} PlanMountFlag;

/* A tmpfs as large as the kernel makes it by itself; of bubblewrap's plans alone. */
#define PLAN_SIZE_KERNEL UINT64_MAX

/* One line of a box's mount plan; done in order. */
typedef struct PlanMount {
        PlanMountKind kind;
        uint32_t flags;    /* PlanMountFlag */
        char *dest;        /* absolute, normalised, in the box */
        char *source;      /* by kind; NULL where the kind has none */
        char *source_root; /* bind, overlay: source (and work) lies below this directory, which an app can write below:
                            * opened beneath it, no symlink followed.  NULL: the host's own path, resolved once */
        char **lowers;     /* overlay: host directories, the lowest first; NULL-terminated, or NULL */
        char *work;        /* overlay with source: a directory for the kernel's use alone */
        char *slot;        /* bind, file: the descriptor's name, or NULL; fuse: the name of its device */
        char *content;     /* file without slot */
        size_t n_content;
        uint32_t mode; /* tmpfs, shared, dir, file, chmod */
        uint64_t size; /* tmpfs, shared, overlay without source or OPTIONAL: bytes */
} PlanMount;

typedef enum PlanListenerKind {
        PLAN_LISTENER_TCP,
        PLAN_LISTENER_UDP,
        PLAN_LISTENER_CAPTURE, /* "*": TCP to every port of every address that leads to the namespace and is not its
                                  own, where the kernel can do that (nftables); else it is not made */
        PLAN_LISTENER_SPARE,   /* as TCP; made only where no capture was */
        PLAN_LISTENER_BIRTH,   /* no socket but a channel, on which fresh unconnected TCP sockets of the namespace are
                                  sent for the asking (docs/theory/messages.md); no address, port 0 */
        _PLAN_LISTENER_MAX,
} PlanListenerKind;

/* A listening socket in the box's own network namespace, for a program of another box: a socket stays in the namespace
 * of its birth, so whoever holds it serves the box without being in it. */
typedef struct PlanListener {
        char *slot; /* "listen-...": unique among the plan's slots */
        PlanListenerKind kind;
        char *address; /* "127.0.0.1"; "*": every one, IPv4 and IPv6; "" of PLAN_LISTENER_BIRTH */
        uint32_t port;
} PlanListener;

/* count ids from inside on are those of the namespace above from outside on. */
typedef struct PlanRange {
        uint32_t inside, outside, count;
} PlanRange;

typedef struct PlanBox {
        char *name; /* "app", "semi/x": unique, [a-z0-9/-]+ */
        PlanBoxKind kind;
        uint32_t parent;   /* index; of boxes[0] itself: 0 */
        uint32_t unshare;  /* PlanNamespace */
        uint32_t uid, gid; /* as its programs see themselves */
        /* With PLAN_NS_USER: more ids than the program's own.  Of boxes[0] they are the person's subordinate ids on the
         * host (subuid(5)), of every other box ids of boxes[0]. */
        PlanRange *uids, *gids;
        size_t n_uids, n_gids;
        uint64_t capabilities; /* 1 << CAP_*: what its programs keep, over the ids of their own user namespace alone */
        char *hostname;        /* with PLAN_NS_UTS; else NULL */
        PlanMount *mounts; /* with PLAN_NS_MOUNT: a new root, built from nothing; else empty, and the parent's root is
                              used.  Of a zone they may be missing: then it has no view, and limits none */
        size_t n_mounts;
        /* With PLAN_NS_NET.  The namespace has nothing but its loopback; what is sent to an address of a route arrives
         * there.  A network's last address is the box's own, since C libraries look no name up where there is no
         * address but the loopback's (AI_ADDRCONFIG).  Beside listeners its ports are set so that connections to one
         * of them don't run out (net.ipv4.tcp_tw_reuse, ip_local_port_range). */
        char **routes; /* NULL-terminated: "198.18.0.0/15"; or NULL */
        PlanListener *listeners;
        size_t n_listeners;
} PlanBox;

typedef enum PlanReady {
        PLAN_READY_EXEC,   /* as soon as it was executed */
        PLAN_READY_BYTE,   /* a byte, or more, came on ready_fd */
        PLAN_READY_LINE,   /* a line came on ready_fd (X servers' -displayfd) */
        PLAN_READY_EXIT,   /* it ended with status 0 (a set-up step) */
        PLAN_READY_SOCKET, /* a Unix socket at ready_path, in its box, takes connections */
        PLAN_READY_FILE,   /* something is at ready_path, in its box */
        _PLAN_READY_MAX,
} PlanReady;

typedef enum PlanDeath {
        PLAN_DEATH_ESSENTIAL, /* ends the instance */
        PLAN_DEATH_RESTART,
        PLAN_DEATH_IGNORE,
        _PLAN_DEATH_MAX,
} PlanDeath;

typedef enum PlanStdio {
        PLAN_STDIO_NULL,   /* /dev/null on 0, 1, 2 */
        PLAN_STDIO_LOG,    /* 0 /dev/null; 1 and 2 the instance's log slot ("log") */
        PLAN_STDIO_CALLER, /* the caller's, or the box's own pty for each that is a terminal (slots "stdin", "stdout",
                              "stderr") */
        _PLAN_STDIO_MAX,
} PlanStdio;

typedef enum PlanSeccomp {
        PLAN_SECCOMP_DEFAULT, /* nested=no */
        PLAN_SECCOMP_NESTED,  /* the same, but user namespaces, mounts in them and what their sandboxes need are allowed
                               */
        PLAN_SECCOMP_STRICT,
        PLAN_SECCOMP_LIMITED, /* nested=limited: namespaces as browsers' sandboxes make them, no mounts */
        _PLAN_SECCOMP_MAX,
} PlanSeccomp;

typedef enum PlanLandlock {
        PLAN_LANDLOCK_ABSTRACT = 1 << 0, /* no abstract socket from outside its domain (Landlock ABI 6, Linux 6.12) */
        PLAN_LANDLOCK_SIGNAL = 1 << 1,
        PLAN_LANDLOCK_FILES = 1 << 2,   /* nothing but what the box's mounts grant, and no mount at all; dropped where
                                           the kernel has no Landlock of ABI 2 (Linux 5.19) */
        PLAN_LANDLOCK_CONNECT = 1 << 3, /* TCP to connect_ports alone (ABI 4, Linux 6.7) */
        PLAN_LANDLOCK_BIND = 1 << 4,    /* TCP sockets bound to bind_ports alone */
        _PLAN_LANDLOCK_ALL = (1 << 5) - 1,
} PlanLandlock;

typedef struct PlanFd {
        char *slot;
        int32_t target; /* its number in the program, >= 3 */
} PlanFd;

typedef struct PlanLimit {
        uint32_t resource; /* RLIMIT_* (getrlimit(2)) */
        uint64_t value;    /* soft and hard; only ever lowers the hard one */
} PlanLimit;

typedef struct PlanProgram {
        char *name; /* "app", "xephyr", "bus-proxy": unique */
        uint32_t box;
        bool app;    /* the one program whose end ends the instance, with its status */
        char **argv; /* NULL-terminated; argv[0] is looked up in the PATH of envp unless it holds a '/' */
        char **envp; /* NULL-terminated, complete */
        char *cwd;   /* tried first; may be NULL */
        char *home;  /* tried next, then "/" */
        PlanStdio stdio;
        PlanFd *fds;
        size_t n_fds;
        PlanReady ready;
        int32_t ready_fd; /* BYTE, LINE: the program's number for the writing end; else -1 */
        char *ready_path; /* SOCKET, FILE; else NULL */
        uint32_t ready_timeout_ms;
        uint32_t *after; /* programs that must be ready first */
        size_t n_after;
        PlanDeath death;
        PlanSeccomp seccomp;
        char **seccomp_allow; /* what the profile changes about it, for the person; NULL-terminated, or NULL */
        char **seccomp_deny;
        char *filter; /* the filter with these changes: struct sock_filter[]; NULL: none, and the built-in one is loaded
                       */
        size_t n_filter; /* bytes */
        bool mdwe;       /* memory is writable or executable, never both, nor one after the other (Linux 6.3) */
        uint32_t
                learn_fd; /* its number for the slot "mediator-learn", where it hands over, before it is the program and
                             loses that, what tells the front end of every path that it looks for; 0: nothing does */
        bool learn_ask;   /* what is not there is asked for */
        uint32_t landlock; /* PlanLandlock */
        uint32_t *connect_ports, *bind_ports;
        size_t n_connect_ports, n_bind_ports;
        PlanLimit *limits;
        size_t n_limits;
} PlanProgram;

/* What all processes of the instance together may use; 0: no limit.  Memory, processes and processor time are held by
 * a control group, which the launcher makes and hands over in the slot "cgroup"; time by the keeper. */
typedef struct PlanBudget {
        uint64_t memory; /* bytes */
        uint32_t pids;
        uint32_t cpu; /* percent of one processor */
        uint32_t seconds;
} PlanBudget;

/* A directory of the host that the app may write, and which files of it are looked at when the instance is over: what
 * the host would run and the run made is set aside (docs/theory/protected-files.md).  The engine knows nothing of it.
 */
typedef struct PlanGuard {
        char *path;
        char **classes; /* NULL-terminated words, one at least: "git" */
        char *state;    /* ORIEL_STATE: where what is to be done is written down, and what is set aside */
        bool wall;      /* the app sees an overlay of it; at the end all but those files is taken over */
} PlanGuard;

typedef struct Plan {
        char *id;              /* of the instance: 8 hex digits, or "00000000" in a plan that is only explained */
        char *app;             /* application id */
        char **slots;          /* NULL-terminated names that the launcher must bring */
        char **optional_slots; /* names that it may bring */
        PlanBox *boxes;
        size_t n_boxes;
        PlanProgram *programs;
        size_t n_programs;
        PlanBudget budget;
        PlanGuard *guards;
        size_t n_guards;
        char **notes; /* NULL-terminated: "asked / given", one sentence each, for the person; the engine ignores them */
} Plan;

void plan_free(Plan *plan);
DEFINE_CLEANUP(Plan, plan_free)

/* Is there something in the budget that takes a control group? */
bool plan_needs_group(const Plan *plan);

/* The app's copy of /.flatpak-info, by which it and portals know who it is; NULL where no portal is granted. */
const PlanMount *plan_identity(const Plan *plan);
/* Where that copy lies if libraries must not find it: libsecret would take the portal for the box's own keyring. */
#define PLAN_IDENTITY_ASIDE "/run/oriel/flatpak-info"

/* The box whose root box i has: itself, or the first above with a mount namespace of its own. */
size_t plan_root_of(const Plan *plan, size_t i);

/* How many pid namespaces box i lies in, its own and the keeper's included. */
size_t plan_pid_depth(const Plan *plan, size_t i);

/* Makes it the plan of another instance: the id, and the instance-id in each /.flatpak-info.  0, -EINVAL for no id,
 * -ENOMEM. */
int plan_set_id(Plan *plan, const char *id);

/* The words used by print and parse; NULL for a value out of range. */
const char *plan_box_kind_word(PlanBoxKind kind);
const char *plan_mount_kind_word(PlanMountKind kind);
const char *plan_ready_word(PlanReady ready);
const char *plan_death_word(PlanDeath death);
const char *plan_stdio_word(PlanStdio stdio);
const char *plan_seccomp_word(PlanSeccomp seccomp);
const char *plan_limit_word(uint32_t resource);
const char *plan_namespace_word(PlanNamespace one);
const char *plan_listener_kind_word(PlanListenerKind kind);
