/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "store/dirs.h"

/* DoctorFacts - what `oriel doctor` found by looking and trying.  What it means is doctor-check.c's, which so can be
 * shown any host.  An error is 0 or an errno; a text NULL means that there is nothing of the kind. */
typedef struct DoctorFacts {
        /* ---- The kernel ---- */
        char *kernel; /* release */
        unsigned kernel_major, kernel_minor;
        bool filtered;            /* this process stands under a filter of somebody's: a container's, or a box */
        int user_namespaces;      /* error of making one, with what a box unshares in it */
        long userns_clone;        /* kernel.unprivileged_userns_clone; -1: no such switch */
        long max_user_namespaces; /* user.max_user_namespaces */
        long apparmor_userns;     /* kernel.apparmor_restrict_unprivileged_userns; -1 */
        int proc;                 /* error of mounting a new /proc in new namespaces */
        int mounts;               /* error of building a detached tree; EAGAIN: all but mounting onto one */
        int open_tree_attr;       /* error: attributes as a tree is copied (Linux 6.15) */
        int open_tree_namespace;  /* error: a mount namespace made of a tree (OPEN_TREE_NAMESPACE) */
        int overlay;              /* error of mounting one in a user namespace */
        int landlock_abi;         /* 0: none; -1: built in, and not switched on at boot */
        int seccomp_notify;       /* error */
        int mdwe;                 /* error */
        long inotify_instances, inotify_watches; /* of this user; -1: not known */
        /* ---- The host ---- */
        char *subuid, *subgid;       /* this user's first range, "100000:65536" */
        char *newuidmap, *newgidmap; /* programs */
        int cgroup;                  /* of instance_group_place(), positive: 0, EACCES, EOPNOTSUPP */
        char *cgroup_path;           /* where groups can be made */
        bool cgroup2;                /* a hierarchy of version 2 is mounted */
        char *systemd_socket;        /* of the user's service manager */
        int fuse;                    /* error of opening /dev/fuse */
        bool gpu;
        /* ---- Oriel and the session ---- */
        char *prefix, *missing_program;
        char *runtime_dir; /* the user's own, or NULL */
        char *oriel_runtime;
        bool oriel_runtime_usable;
        char *plans; /* directory of remembered plans, and how many */
        bool plans_usable;
        char *display;         /* "DISPLAY=:0" */
        char *wayland;         /* "WAYLAND_DISPLAY=wayland-0" */
        char *wayland_refusal; /* why boxed apps can't be let to that compositor; NULL: they can */
        char *xvfb, *bridge, *xephyr, *xpra, *window_manager, *panel; /* programs */
        char *session_bus;
        char *unsquashfs, *squashfuse; /* programs */
} DoctorFacts;

void doctor_look(DoctorFacts *ret_facts, StoreDirs *dirs);
void doctor_facts_clear(DoctorFacts *facts);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(DoctorFacts, doctor_facts_clear)
