/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "seccomp/calls.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *name, const void *call)
{
        return strcmp(name, ((const SeccompCall *)call)->name);
}

int seccomp_call_number(const char *name)
{
        const SeccompCall *call = bsearch(name, seccomp_calls, seccomp_n_calls, sizeof *seccomp_calls, compare);

        return call == NULL ? SECCOMP_CALL_UNKNOWN : call->number;
}
