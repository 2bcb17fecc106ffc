/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/user-namespace.h"
#include "engine/slots.h"
#include "plan/plan.h"

/* What the keeper and the inits that it clones know of one launch.  Filled by engine_start(); each process has its own
 * copy and narrows it: a descriptor that a process does not need is closed in it. */

typedef struct BoxLink {
        int keeper_end, init_end; /* SOCK_SEQPACKET; the protocol is in box.h */
        int birth;                /* in the init: where it is asked for sockets (network_bear()); -1: nowhere */
        int tree;                 /* the box's root, detached; -1: it has its parent's */
        pid_t pid;                /* of its init, as the keeper sees it; 0: not known yet, or gone */
} BoxLink;

typedef struct Instance {
        const Plan *plan;
        Slots slots;
        bool staging; /* tests: as on a kernel that refuses to mount onto detached trees */
        bool flat;    /* the keeper is the init of boxes[1], the only one, at once */
        uid_t uid;    /* the caller's, on the host */
        gid_t gid;
        mode_t mask;                  /* umask(2) of the caller */
        UserNamespace outside;        /* the caller's */
        int front;                    /* keeper's end of the front end's socket */
        int proc;                     /* /proc of the keeper's pid namespace */
        int mapper;                   /* keeper's end of a socket to who maps its ids; -1: it maps them itself */
        int null;                     /* the host's /dev/null, for a box that has none */
        const struct ParkPlace *park; /* parked, until a launch owns it; else NULL */
        int taken;             /* where it is still to be said that a launch owns the box (park.h); -1: nowhere */
        uint32_t taken_number; /* what is said */
        bool filtered;         /* this process has its program's filter already */
        int ruleset;           /* of its first program, made ahead (landlock.h); -1: none */
        BoxLink boxes[PLAN_MAX_BOXES];
} Instance;
