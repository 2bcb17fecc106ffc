/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/privilege.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/securebits.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int privilege_no_new(Fault *fault)
{
        return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? fault_set(fault, -errno, "no new privileges", NULL) : 0;
}

static int set_capabilities(uint64_t effective, uint64_t inheritable)
{
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = { 0 };

        for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
                sets[i].effective = sets[i].permitted = (uint32_t)(effective >> 32 * i);
                sets[i].inheritable = (uint32_t)(inheritable >> 32 * i);
        }
        return syscall(SYS_capset, &header, sets) < 0 ? -errno : 0;
}

/* For programs to come, whoever they run as: exec(2) leaves ambient capabilities alone. */
static int pass_on(uint64_t kept)
{
        const uint64_t own = kept | UINT64_C(1) << CAP_SETPCAP;
        int r = kept == 0 ? 0 : set_capabilities(own, kept);

        for (unsigned cap = 0; cap < 64 && r == 0; cap++)
                if ((kept >> cap & 1) != 0 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
                        r = -errno;
        return r;
}

int privilege_drop_capabilities(uint64_t kept, Fault *fault)
{
        unsigned long bits = SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
        int r;

        if (kept == 0)
                bits |= SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED |
                        SECBIT_KEEP_CAPS_LOCKED;
        /* EINVAL tells the end of what this kernel knows. */
        for (int cap = 0; cap < 64; cap++)
                if ((kept >> cap & 1) == 0 && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0) {
                        if (errno == EINVAL)
                                break;
                        return fault_set(fault, -errno, "bounding set", NULL);
                }
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
                return fault_set(fault, -errno, "ambient capabilities", NULL);
        r = pass_on(kept);
        if (r < 0)
                return fault_set(fault, r, "ambient capabilities", NULL);
        if (prctl(PR_SET_SECUREBITS, bits, 0, 0, 0) < 0)
                return fault_set(fault, -errno, "secure bits", NULL);
        r = set_capabilities(kept, kept);
        return r < 0 ? fault_set(fault, r, "capabilities", NULL) : 0;
}

int privilege_new_keyring(Fault *fault)
{
        /* Where the user's quota of keys is used up (EDQUOT), or a container's filter refuses (EPERM), or keys are not
         * built in: every filter of ours refuses keyctl(2) and its sisters, so the caller's keyring stays out of reach
         * all the same. */
        if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL, 0, 0, 0) < 0 && errno != EDQUOT && errno != EPERM &&
            errno != ENOSYS)
                return fault_set(fault, -errno, "keyring", NULL);
        return 0;
}

int privilege_hide(bool hidden, Fault *fault)
{
        return prctl(PR_SET_DUMPABLE, hidden ? 0 : 1, 0, 0, 0) < 0 ? fault_set(fault, -errno, "dumpable", NULL) : 0;
}
