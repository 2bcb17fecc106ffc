/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "personality/caps.h"

#include <errno.h>
#include <linux/capability.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

uint64_t caps_own(void)
{
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

        if (syscall(SYS_capget, &header, data) < 0)
                return 0;
        return data[0].effective | (uint64_t)data[1].effective << 32;
}

int caps_set(uint64_t caps)
{
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        uint32_t low = (uint32_t)caps, high = (uint32_t)(caps >> 32);
        const struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { { low, low, low },
                                                                               { high, high, high } };

        return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

static int each(uint64_t which, int *ret_cap, unsigned long option, unsigned long operation)
{
        for (int cap = 0; cap <= CAP_LAST_CAP; cap++) {
                bool ambient = option == PR_CAP_AMBIENT;

                if ((which >> cap & 1) == 0)
                        continue;
                *ret_cap = cap;
                if (prctl((int)option, ambient ? operation : (unsigned long)cap, ambient ? (unsigned long)cap : 0, 0,
                          0) < 0 &&
                    errno != EINVAL && errno != EPERM)
                        return -errno;
        }
        return 0;
}

int caps_bound(uint64_t keep, int *ret_cap)
{
        return each(~keep, ret_cap, PR_CAPBSET_DROP, 0);
}

int caps_raise(uint64_t keep, int *ret_cap)
{
        return each(keep, ret_cap, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE);
}
