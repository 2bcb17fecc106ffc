/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/confine.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "seccomp/filters.h"

/* Linux 6.3; <sys/prctl.h> may be older. */
#ifndef PR_SET_MDWE
enum { PR_SET_MDWE = 65, PR_MDWE_REFUSE_EXEC_GAIN = 1 };
#endif

int confine_mdwe(Fault *fault)
{
        if (prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) < 0)
                return fault_set(fault, errno == EINVAL ? -EOPNOTSUPP : -errno, "mdwe", NULL);
        return 0;
}

int confine_seccomp(const PlanProgram *program, Fault *fault)
{
        const SeccompFilter *built_in = &seccomp_filters[program->seccomp];
        struct sock_fprog load = { .len = built_in->n };

        /* The kernel copies it and has no const in its type; malloc(3) aligned the plan's. */
        load.filter = (struct sock_filter *)(uintptr_t)built_in->code;
        if (program->filter != NULL)
                load = (struct sock_fprog){ .len = (unsigned short)(program->n_filter / sizeof *load.filter),
                                            .filter = (void *)program->filter };
        if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &load) < 0)
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
