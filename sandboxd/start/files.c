/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "start/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "instance/group.h"
#include "instance/instance.h"
#include "instance/portal.h"
#include "start/changes.h"
#include "start/group.h"
#include "start/guards.h"

enum { BACKLOG = 16 };

/* Bound through the directory's descriptor: sun_path has 108 bytes, the path may be longer. */
static int make_socket(int directory, const char *name, int type)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        CLEANUP(fd_closep) int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

        if (fd < 0)
                return -errno;
        (void)snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", directory, name);
        if (bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 || fchmodat(directory, name, 0600, 0) < 0 ||
            listen(fd, BACKLOG) < 0)
                return -errno;
        return fd_steal(&fd);
}

static int write_info(int instances, const char *id, const StartRecord *record, const char *cgroup)
{
        /* Only read: instance_info_write() prints it. */
        InstanceInfo info = {
                .app = (char *)record->app,
                .profile = (char *)record->profile,
                .instance = (char *)record->instance,
                .display = (char *)record->display,
                .network = (char *)record->network,
                .grants = (char *)record->grants,
                .cgroup = (char *)cgroup,
                .state = INSTANCE_STARTING,
                .started = time(NULL),
                .front_pid = getpid(),
                .front_start = instance_process_start(getpid()),
        };

        strcpy(info.id, id);
        return instance_info_write(&info, instances);
}

/* Where portals will look for the instance, if one is granted.  The front end puts it there: it learns the pids. */
static int open_flatpak(const Plan *plan, const StartRecord *record, StartSlots *slots)
{
        CLEANUP(fd_closep) int flatpak = -1;
        char name[INSTANCE_PORTAL_NAME_SIZE];
        struct stat is = { 0 };
        int r;

        /* Without a runtime directory no portal finds anything. */
        if (plan_identity(plan) == NULL || record->user_runtime == NULL)
                return 0;
        r = instance_portal_open(&flatpak, record->user_runtime, true);
        if (r != 0)
                return r;
        instance_portal_name(name, plan->id);
        if (fstatat(flatpak, name, &is, AT_SYMLINK_NOFOLLOW) == 0)
                return -EEXIST;
        return start_slots_take(slots, "flatpak", &flatpak);
}

static int keep(StartSlots *slots, const char *name, int fd, const char **step)
{
        *step = name;
        return fd < 0 ? fd : start_slots_take(slots, name, &fd);
}

/* Which logs can there be anything for?  Making and removing files of the disk is a good part of a small launch. */
static bool writes_text(const Plan *plan)
{
        for (size_t i = 0; i < plan->n_programs; i++)
                if (plan->programs[i].stdio == PLAN_STDIO_LOG)
                        return true;
        return false;
}

static bool has_mediator(const Plan *plan)
{
        for (size_t i = 0; plan->slots != NULL && plan->slots[i] != NULL; i++)
                if (strncmp(plan->slots[i], "mediator-", strlen("mediator-")) == 0)
                        return true;
        return false;
}

static bool wants(const Plan *plan, const char *slot)
{
        for (size_t i = 0; plan->slots != NULL && plan->slots[i] != NULL; i++)
                if (strcmp(plan->slots[i], slot) == 0)
                        return true;
        return false;
}

/* Where two boxes meet: the one gets the name, the other listens, and neither sees a directory of the other's. */
static const struct Meeting {
        const char *name, *listen, *socket; /* the latter two: slots */
} meetings[] = {
        { INSTANCE_XPRA, "xpra-listen", "xpra-socket" },          /* Xpra's client and its server */
        { INSTANCE_WAYLAND, "wayland-listen", "wayland-socket" }, /* the app and the compositor */
};

static int make_meeting(const struct Meeting *meeting, int directory, StartSlots *slots, const char **step)
{
        int r = keep(slots, meeting->listen, make_socket(directory, meeting->name, SOCK_STREAM), step), fd;

        if (r < 0)
                return r;
        fd = openat(directory, meeting->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        return keep(slots, meeting->socket, fd < 0 ? -errno : fd, step);
}

/* Once the directory exists; what fails here is removed by the caller. */
static int fill(const StartPlaces *places,
                const Plan *plan,
                const StartRecord *record,
                int directory,
                StartSlots *slots,
                const char **step)
{
        CLEANUP(freep) char *cgroup = NULL;
        const char *id = plan->id;
        int r = 0;

        *step = START_STEP_CHANGES;
        r = start_changes_make(plan, record, slots);
        if (r < 0)
                return r;
        *step = START_STEP_GUARDS;
        r = start_guards_write(plan, record);
        if (r < 0)
                return r;
        *step = "flatpak";
        if ((r = open_flatpak(plan, record, slots)) != 0 ||
            (r = keep(slots, "control", make_socket(directory, INSTANCE_CONTROL, SOCK_SEQPACKET), step)) < 0 ||
            (writes_text(plan) &&
             (r = keep(slots, "log", instance_log_create(places->logs, id, INSTANCE_LOG_TEXT), step)) < 0) ||
            (has_mediator(plan) &&
             (r = keep(slots, "audit", instance_log_create(places->logs, id, INSTANCE_LOG_AUDIT), step)) < 0))
                return r;
        for (size_t i = 0; i < sizeof meetings / sizeof *meetings; i++)
                if (wants(plan, meetings[i].listen) && (r = make_meeting(&meetings[i], directory, slots, step)) < 0)
                        return r;
        /* Last: a watcher that sees `info` finds the socket too. */
        *step = START_STEP_GROUP;
        if ((r = start_group_make(plan, record, slots, &cgroup)) < 0)
                return r;
        *step = INSTANCE_INFO;
        r = write_info(places->instances, id, record, cgroup);
        if (r < 0 && cgroup != NULL)
                (void)instance_group_remove(cgroup);
        return r;
}

/* A log of an instance that is over may have the id still. */
static int make_directory(const StartPlaces *places, const char *id, int *ret_directory, int *ret_lock)
{
        return instance_log_exists(places->logs, id)
                       ? -EEXIST
                       : instance_dir_make(places->instances, id, ret_directory, ret_lock);
}

int start_files_list(
        const StartPlaces *places, const char *id, const StartRecord *record, int *ret_control, int *ret_lock)
{
        CLEANUP(fd_closep) int directory = -1, lock = -1, control = -1;
        int r = make_directory(places, id, &directory, &lock);

        if (r < 0)
                return r;
        control = make_socket(directory, INSTANCE_CONTROL, SOCK_SEQPACKET);
        r = control < 0 ? control : write_info(places->instances, id, record, NULL);
        if (r < 0) {
                directory = fd_close(directory);
                start_files_remove(places, id);
                return r;
        }
        *ret_control = fd_steal(&control);
        *ret_lock = fd_steal(&lock);
        return 0;
}

int start_files_make(const StartPlaces *places,
                     const Plan *plan,
                     const StartRecord *record,
                     StartSlots *slots,
                     const char **ret_step)
{
        CLEANUP(fd_closep) int directory = -1, lock = -1;
        int r;

        *ret_step = "instances";
        r = make_directory(places, plan->id, &directory, &lock);
        if (r < 0)
                return r;
        r = fill(places, plan, record, directory, slots, ret_step);
        if (r == 0) {
                r = start_slots_take(slots, "lock", &lock);
                (void)start_slots_borrow(slots, "instances", places->instances);
                (void)start_slots_borrow(slots, "logs", places->logs);
        }
        if (r != 0) {
                /* Perhaps for want of descriptors: removing needs one. */
                directory = fd_close(directory);
                start_files_remove(places, plan->id);
        }
        return r;
}

void start_files_remove(const StartPlaces *places, const char *id)
{
        (void)instance_dir_remove(places->instances, id);
        instance_log_remove(places->logs, id, INSTANCE_LOG_TEXT);
        instance_log_remove(places->logs, id, INSTANCE_LOG_AUDIT);
}
