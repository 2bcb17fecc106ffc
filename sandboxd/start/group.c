/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "start/group.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "instance/group.h"
#include "start/scope.h"

static int in_subtree(const char *place, const char *id, const InstanceGroupLimits *limits, char **ret_path)
{
        CLEANUP(buffer_clear) Buffer path = BUFFER_INIT;
        int group = instance_group_make(place, id, limits, &path);

        if (group >= 0)
                *ret_path = buffer_steal(&path);
        return group;
}

static int in_scope(const StartRecord *record, const char *id, const InstanceGroupLimits *limits)
{
        CLEANUP(buffer_clear) Buffer socket = BUFFER_INIT, path = BUFFER_INIT;
        int r, group;

        if (record->user_runtime == NULL)
                return -ENOENT;
        buffer_printf(&socket, "%s/systemd/private", record->user_runtime);
        r = buffer_text(&socket) == NULL ? -ENOMEM : start_scope(socket.bytes, id, limits);
        if (r == 0)
                r = instance_group_own(&path);
        if (r < 0)
                return r;
        if (buffer_text(&path) == NULL)
                return -ENOMEM;
        group = open(path.bytes, O_PATH | O_DIRECTORY | O_CLOEXEC);
        return group < 0 ? -errno : group;
}

int start_group_make(const Plan *plan, const StartRecord *record, StartSlots *slots, char **ret_path)
{
        const InstanceGroupLimits limits = { .memory = plan->budget.memory,
                                             .pids = plan->budget.pids,
                                             .cpu = plan->budget.cpu };
        CLEANUP(buffer_clear) Buffer place = BUFFER_INIT;
        int r, group;

        *ret_path = NULL;
        if (!plan_needs_group(plan))
                return 0;
        r = instance_group_place(&place);
        group = r == 0 ? in_subtree(place.bytes, plan->id, &limits, ret_path) : in_scope(record, plan->id, &limits);
        return group < 0 ? group : start_slots_take(slots, "cgroup", &group);
}
