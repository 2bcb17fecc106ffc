/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bwrap/capability.h"

#include <linux/capability.h>
#include <stddef.h>
#include <strings.h>

#define ROW(name)                                                                                                      \
        {                                                                                                              \
#name, CAP_##name                                                                                      \
        }

static const struct {
        const char *name;
        int number;
} names[] = {
        ROW(CHOWN),
        ROW(DAC_OVERRIDE),
        ROW(DAC_READ_SEARCH),
        ROW(FOWNER),
        ROW(FSETID),
        ROW(KILL),
        ROW(SETGID),
        ROW(SETUID),
        ROW(SETPCAP),
        ROW(LINUX_IMMUTABLE),
        ROW(NET_BIND_SERVICE),
        ROW(NET_BROADCAST),
        ROW(NET_ADMIN),
        ROW(NET_RAW),
        ROW(IPC_LOCK),
        ROW(IPC_OWNER),
        ROW(SYS_MODULE),
        ROW(SYS_RAWIO),
        ROW(SYS_CHROOT),
        ROW(SYS_PTRACE),
        ROW(SYS_PACCT),
        ROW(SYS_ADMIN),
        ROW(SYS_BOOT),
        ROW(SYS_NICE),
        ROW(SYS_RESOURCE),
        ROW(SYS_TIME),
        ROW(SYS_TTY_CONFIG),
        ROW(MKNOD),
        ROW(LEASE),
        ROW(AUDIT_WRITE),
        ROW(AUDIT_CONTROL),
        ROW(SETFCAP),
        ROW(MAC_OVERRIDE),
        ROW(MAC_ADMIN),
        ROW(SYSLOG),
        ROW(WAKE_ALARM),
        ROW(BLOCK_SUSPEND),
        ROW(AUDIT_READ),
        ROW(PERFMON),
        ROW(BPF),
        ROW(CHECKPOINT_RESTORE),
};
_Static_assert(sizeof names / sizeof *names == CAP_LAST_CAP + 1, "a capability is missing");

int bwrap_capability(const char *name)
{
        if (strncasecmp(name, "cap_", 4) != 0)
                return -1;
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
                if (strcasecmp(name + 4, names[i].name) == 0)
                        return names[i].number;
        return -1;
}
