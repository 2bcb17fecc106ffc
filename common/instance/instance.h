/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buffer.h"
#include "ids/instance-id.h"

/* An instance's directory, ORIEL_RUNTIME/instances/ID: what is in it, who may make and remove it.
 *
 *      info      who it is (InstanceInfo), replaced as a whole by rename(2) when something changes
 *      lock      held with flock(2) while anything of the instance lives: unlocked means dead
 *      control   the keeper's socket (docs/theory/messages.md)
 *      xpra      with Xpra: where its client finds its server
 *      wayland   with a security context: where the app finds the compositor
 *      portal    what portals will read, on its way to $XDG_RUNTIME_DIR/.flatpak (instance/portal.h)
 *
 * Two locks keep a reaper from a directory that is just being made: a maker holds the `instances` directory shared
 * until its `lock` is taken, a reaper holds it exclusively. */

#define INSTANCE_INFO "info"
#define INSTANCE_INFO_NEW "info.new" /* on its way to `info` */
#define INSTANCE_LOCK "lock"
#define INSTANCE_CONTROL "control"
#define INSTANCE_XPRA "xpra"
#define INSTANCE_WAYLAND "wayland"

/* Its logs, in the directory of logs: ID and one of these. */
#define INSTANCE_LOG_AUDIT ".jsonl"
#define INSTANCE_LOG_TEXT ".log"

enum {
        INSTANCE_INFO_MAX = 64 * 1024, /* a profile's path (PATH_MAX) twice over, and room to grow */
};

typedef enum InstanceState {
        INSTANCE_STARTING, /* the keeper may not exist yet */
        INSTANCE_RUNNING,  /* all programs are ready */
        INSTANCE_STOPPING, /* the app ended, or was told to */
        _INSTANCE_STATE_MAX,
} InstanceState;

typedef struct InstanceInfo {
        char id[INSTANCE_ID_SIZE];
        char *app;       /* application id; never NULL in a parsed one */
        char *profile;   /* name or path as the person knows it, or NULL */
        char *instance;  /* --instance=NAME, or NULL: the default one */
        char *display;   /* word of [Display] mode, with its number: "xephyr :7"; or NULL */
        char *network;   /* word of [Network] mode, or NULL */
        char *grants;    /* StoreProfile.grants_key: where an answer "always" is kept; or NULL: nowhere */
        char *cgroup;    /* path of its control group, which goes with its directory; or NULL */
        uint64_t portal; /* inode of its directory for portals (instance/portal.h); 0: there is none */
        InstanceState state;
        int64_t started; /* seconds since 1970 */
        /* Host's numbers; 0: not known yet.  A pid counts only together with its process's start time (field 22 of
         * /proc/PID/stat, clock ticks since boot): a recycled number has another. */
        pid_t front_pid, keeper_pid;
        uint64_t front_start, keeper_start;
} InstanceInfo;

const char *instance_state_word(InstanceState state);

/* Fields end in NUL, "key=value"; unknown keys are skipped, known ones must be right.  0, -EINVAL or -ENOMEM. */
int instance_info_parse(InstanceInfo *ret_info, const void *untrusted_bytes, size_t n);
void instance_info_print(const InstanceInfo *info, Buffer *ret_bytes);
void instance_info_clear(InstanceInfo *info);

/* Reads ID/info.  0; -ENOENT; -EINVAL for what is no info; other -errno. */
int instance_info_read(InstanceInfo *ret_info, int instances_fd, const char *id);
/* Replaces info->id's `info`.  0 or -errno. */
int instance_info_write(const InstanceInfo *info, int instances_fd);

/* Makes instances/ID (0700) with its `lock` taken.  0 with *ret_dir_fd and *ret_lock_fd (both close-on-exec; the lock
 * is held until its last copy is closed); -EEXIST: choose another id; other -errno, nothing left behind. */
int instance_dir_make(int instances_fd, const char *id, int *ret_dir_fd, int *ret_lock_fd);

/* True while `lock` is held; also when it can't be told, so that no living instance is taken for dead. */
bool instance_dir_is_alive(int instances_fd, const char *id);

/* Removes the control group that its `info` names, and whoever is in it; unlinks exactly the known names, then removes
 * the directory; follows nothing, recurses nowhere.  0; also when it is
 * gone already; -ENOTEMPTY when something unknown is in it; other -errno. */
int instance_dir_remove(int instances_fd, const char *id);

/* The same, if nothing of the instance lives; before, what its `info` names below flatpak_fd (-1: no such directory).
 * 0: it is gone; -EBUSY: it lives; other -errno. */
int instance_dir_reap(int instances_fd, int flatpak_fd, const char *id);

/* The same for all that are there.  The number of those removed; faults are skipped. */
size_t instance_dir_reap_all(int instances_fd, int flatpak_fd);

/* A new log, opened O_APPEND; ending: INSTANCE_LOG_*.  The descriptor, or -errno. */
int instance_log_create(int logs_fd, const char *id, const char *ending);
bool instance_log_exists(int logs_fd, const char *id);
void instance_log_remove(int logs_fd, const char *id, const char *ending);

/* Removes the instance's logs that nothing was written to: an uneventful run leaves no file. */
void instance_logs_tidy(int logs_fd, const char *id);

/* Start time of a process, or 0 when there is none of that number. */
uint64_t instance_process_start(pid_t pid);
