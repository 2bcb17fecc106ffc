/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch/instance-files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "instance/instance.h"
#include "instance/portal.h"
#include "launch/plan-facts.h"
#include "store/instances.h"
#include "store/logs.h"

enum { BACKLOG = 16 };

static gboolean refuse(GError **error, const char *id, const char *what, int number)
{
        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, _("instance %s: %s: %s"), id, what,
                    number == ENOSPC ? _("the disk is full") : g_strerror(number));
        return FALSE;
}

/* Bound through the directory's descriptor: sun_path has 108 bytes, the path may be longer. */
static int make_control(int directory)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        CLEANUP(fd_closep) int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

        if (fd < 0)
                return -errno;
        (void)g_snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", directory, INSTANCE_CONTROL);
        if (bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 ||
            fchmodat(directory, INSTANCE_CONTROL, 0600, 0) < 0 || listen(fd, BACKLOG) < 0)
                return -errno;
        return fd_steal(&fd);
}

static int write_info(const Launch *launch, int instances)
{
        g_autofree char *display = plan_facts_display(launch->plan);
        g_autofree char *network = g_strdup(plan_facts_network(launch->plan));
        InstanceInfo info = {
                .app = launch->profile->app_id,
                .profile = launch->profile->label,
                .instance = launch->profile->instance,
                .display = display,
                .network = network,
                .grants = launch->profile->grants_key,
                .state = INSTANCE_STARTING,
                .started = g_get_real_time() / G_USEC_PER_SEC,
                .front_pid = getpid(),
                .front_start = instance_process_start(getpid()),
        };

        g_strlcpy(info.id, launch->id, sizeof info.id);
        return instance_info_write(&info, instances);
}

/* Where portals will look for the instance, if one is granted.  The front end puts it there: it learns the pids. */
static gboolean open_flatpak(StoreDirs *dirs, const Launch *launch, LaunchSlots *slots, GError **error)
{
        CLEANUP(fd_closep) int flatpak = -1;
        char name[INSTANCE_PORTAL_NAME_SIZE];
        struct stat is = { 0 };

        /* Without a runtime directory no portal finds anything. */
        if (plan_identity(launch->plan) == NULL || store_dirs_user_runtime(dirs) == NULL)
                return TRUE;
        flatpak = store_instances_open_flatpak(dirs, TRUE, error);
        if (flatpak < 0)
                return FALSE;
        instance_portal_name(name, launch->id);
        if (fstatat(flatpak, name, &is, AT_SYMLINK_NOFOLLOW) == 0) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_USAGE, _("instance %s exists already"), launch->id);
                return FALSE;
        }
        launch_slots_take(slots, "flatpak", &flatpak);
        return TRUE;
}

/* Once the directory exists; what fails here is removed by the caller. */
static gboolean
fill(StoreDirs *dirs, const Launch *launch, LaunchSlots *slots, int instances, int directory, GError **error)
{
        CLEANUP(fd_closep) int control = -1, log = -1, audit = -1, logs = store_logs_open_directory(dirs, error);
        int r = 0;

        if (logs < 0 || !open_flatpak(dirs, launch, slots, error))
                return FALSE;
        control = make_control(directory);
        if (control < 0)
                return refuse(error, launch->id, INSTANCE_CONTROL, -control);
        log = store_logs_create(dirs, launch->id, STORE_LOG_TEXT, error);
        audit = log >= 0 ? store_logs_create(dirs, launch->id, STORE_LOG_AUDIT, error) : -1;
        if (audit < 0)
                return FALSE;
        /* Last: a watcher that sees `info` finds the socket too. */
        r = write_info(launch, instances);
        if (r < 0)
                return refuse(error, launch->id, INSTANCE_INFO, -r);
        launch_slots_take(slots, "control", &control);
        launch_slots_take(slots, "log", &log);
        launch_slots_take(slots, "logs", &logs);
        launch_slots_take(slots, "audit", &audit);
        return TRUE;
}

gboolean instance_files_make(StoreDirs *dirs, const Launch *launch, LaunchSlots *slots, GError **error)
{
        CLEANUP(fd_closep) int instances = store_instances_open(dirs, error), directory = -1, lock = -1;
        CLEANUP(fd_closep) int old = -1;
        int r = 0;

        if (instances < 0)
                return FALSE;
        /* A log of an instance that is over may have the id still. */
        old = store_logs_open(dirs, launch->id, STORE_LOG_AUDIT, NULL);
        if (old < 0)
                old = store_logs_open(dirs, launch->id, STORE_LOG_TEXT, NULL);
        r = old >= 0 ? -EEXIST : instance_dir_make(instances, launch->id, &directory, &lock);
        if (r == -EEXIST) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_USAGE, _("instance %s exists already"), launch->id);
                return FALSE;
        }
        if (r < 0)
                return refuse(error, launch->id, store_dirs_path(dirs, STORE_DIR_RUNTIME), -r);
        if (!fill(dirs, launch, slots, instances, directory, error)) {
                instance_files_remove(dirs, launch->id);
                return FALSE;
        }
        launch_slots_take(slots, "lock", &lock);
        launch_slots_take(slots, "instances", &instances);
        return TRUE;
}

void instance_files_remove(StoreDirs *dirs, const char *id)
{
        CLEANUP(fd_closep) int instances = store_instances_open(dirs, NULL);

        if (instances >= 0)
                (void)instance_dir_remove(instances, id);
        store_logs_remove(dirs, id, STORE_LOG_TEXT);
        store_logs_remove(dirs, id, STORE_LOG_AUDIT);
}
