/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "notify/calls.h"

#include <sys/syscall.h>

const NotifyCall notify_calls[] = {
#ifdef SYS_open
        { SYS_open, -1, 0, 1, NOTIFY_OPEN },        { SYS_creat, -1, 0, -1, NOTIFY_WRITE },
        { SYS_stat, -1, 0, -1, NOTIFY_LOOK },       { SYS_lstat, -1, 0, -1, NOTIFY_LOOK },
        { SYS_access, -1, 0, -1, NOTIFY_LOOK },     { SYS_readlink, -1, 0, -1, NOTIFY_LOOK },
        { SYS_mkdir, -1, 0, -1, NOTIFY_WRITE },     { SYS_rmdir, -1, 0, -1, NOTIFY_WRITE },
        { SYS_unlink, -1, 0, -1, NOTIFY_WRITE },    { SYS_rename, -1, 1, -1, NOTIFY_WRITE },
        { SYS_symlink, -1, 1, -1, NOTIFY_WRITE },   { SYS_link, -1, 1, -1, NOTIFY_WRITE },
#endif
        { SYS_openat, 0, 1, 2, NOTIFY_OPEN },       { SYS_openat2, 0, 1, 2, NOTIFY_OPEN2 },
        { SYS_newfstatat, 0, 1, -1, NOTIFY_LOOK },  { SYS_statx, 0, 1, -1, NOTIFY_LOOK },
        { SYS_faccessat, 0, 1, -1, NOTIFY_LOOK },   { SYS_faccessat2, 0, 1, -1, NOTIFY_LOOK },
        { SYS_readlinkat, 0, 1, -1, NOTIFY_LOOK },  { SYS_mkdirat, 0, 1, -1, NOTIFY_WRITE },
        { SYS_unlinkat, 0, 1, -1, NOTIFY_WRITE },   { SYS_renameat2, 2, 3, -1, NOTIFY_WRITE },
        { SYS_symlinkat, 1, 2, -1, NOTIFY_WRITE },  { SYS_linkat, 2, 3, -1, NOTIFY_WRITE },
        { SYS_truncate, -1, 0, -1, NOTIFY_WRITE },  { SYS_execve, -1, 0, -1, NOTIFY_EXECUTE },
        { SYS_execveat, 0, 1, -1, NOTIFY_EXECUTE }, { SYS_connect, -1, 1, 2, NOTIFY_CONNECT },
};
const size_t notify_n_calls = sizeof notify_calls / sizeof *notify_calls;
_Static_assert(sizeof notify_calls / sizeof *notify_calls <= NOTIFY_MAX_CALLS, "room in the filter");

const NotifyCall *notify_call_find(long number)
{
        for (size_t i = 0; i < notify_n_calls; i++)
                if (notify_calls[i].number == number)
                        return &notify_calls[i];
        return NULL;
}
