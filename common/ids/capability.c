/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ids/capability.h"

#include <linux/capability.h>
#include <stddef.h>

const Capability capabilities[] = {
        { "chown", CAP_CHOWN },
        { "dac_override", CAP_DAC_OVERRIDE },
        { "dac_read_search", CAP_DAC_READ_SEARCH },
        { "fowner", CAP_FOWNER },
        { "fsetid", CAP_FSETID },
        { "kill", CAP_KILL },
        { "setfcap", CAP_SETFCAP },
        { "setgid", CAP_SETGID },
        { "setpcap", CAP_SETPCAP },
        { "setuid", CAP_SETUID },
        { "sys_chroot", CAP_SYS_CHROOT },
        { NULL, 0 },
};

uint64_t capability_all(void)
{
        uint64_t all = 0;

        for (const Capability *one = capabilities; one->name != NULL; one++)
                all |= UINT64_C(1) << one->number;
        return all;
}
