/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/confine.h"

#include <assert.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "engine/seccomp-filters.h"

/* As of Landlock ABI 6; <linux/landlock.h> may be older than the kernel that this runs on. */
typedef struct LandlockRuleset {
        uint64_t handled_access_fs, handled_access_net, scoped;
} LandlockRuleset;

enum {
        LANDLOCK_SCOPED_ABSTRACT = 1 << 0,
        LANDLOCK_SCOPED_SIGNAL = 1 << 1,
};
static_assert((int)PLAN_LANDLOCK_ABSTRACT == (int)LANDLOCK_SCOPED_ABSTRACT, "the plan's words are the kernel's bits");
static_assert((int)PLAN_LANDLOCK_SIGNAL == (int)LANDLOCK_SCOPED_SIGNAL, "the plan's words are the kernel's bits");

int confine_landlock(uint32_t scopes, Fault *fault)
{
        /* Scopes only: a ruleset that handles a file right would refuse mount(2), and with it every sandbox that the
         * program makes itself. */
        LandlockRuleset ruleset = { .scoped = scopes };
        CLEANUP(fd_closep) int fd = -1;

        if (scopes == 0)
                return 0;
        fd = (int)syscall(SYS_landlock_create_ruleset, &ruleset, sizeof ruleset, 0);
        if (fd < 0)
                return fault_set(fault, errno == E2BIG || errno == EINVAL || errno == ENOSYS ? -EOPNOTSUPP : -errno,
                                 "landlock", NULL);
        if (syscall(SYS_landlock_restrict_self, fd, 0) < 0)
                return fault_set(fault, -errno, "landlock", NULL);
        return 0;
}

int confine_seccomp(PlanSeccomp profile, Fault *fault)
{
        struct sock_fprog program = { 0 };

        if (profile >= _PLAN_SECCOMP_MAX)
                return fault_set(fault, -EINVAL, "seccomp", NULL);
        program.len = seccomp_filters[profile].n;
        /* The kernel copies it and has no const in its type. */
        program.filter = (struct sock_filter *)(uintptr_t)seccomp_filters[profile].code;
        if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
                return fault_set(fault, -errno, "seccomp", NULL);
        return 0;
}

int confine_limits(const PlanLimit *limits, size_t n_limits, Fault *fault)
{
        for (size_t i = 0; i < n_limits; i++) {
                struct rlimit old = { 0 }, new = { .rlim_cur = limits[i].value, .rlim_max = limits[i].value };
                /* glibc types the resource as an enum. */
                __rlimit_resource_t resource = (__rlimit_resource_t)limits[i].resource;

                if (getrlimit(resource, &old) < 0)
                        return fault_set(fault, -errno, "limit", NULL);
                if (old.rlim_max < new.rlim_max)
                        new.rlim_max = old.rlim_max;
                if (new.rlim_cur > new.rlim_max)
                        new.rlim_cur = new.rlim_max;
                if (setrlimit(resource, &new) < 0)
                        return fault_set(fault, -errno, "limit", NULL);
        }
        return 0;
}
