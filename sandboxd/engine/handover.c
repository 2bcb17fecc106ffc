/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/handover.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { IOPRIO_WHO_PROCESS = 1 }; /* <linux/ioprio.h> has no name for it in older headers */

static int read_io_priority(void)
{
        return (int)syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0);
}

/* As hexadecimal digits, a byte's low half first: only to be compared and read back here. */
static void write_processors(const cpu_set_t *set, char text[2 * sizeof(cpu_set_t) + 1])
{
        const unsigned char *bytes = (const unsigned char *)set;
        size_t n = sizeof *set;

        while (n > 1 && bytes[n - 1] == 0)
                n--;
        for (size_t i = 0; i < n; i++) {
                text[2 * i] = "0123456789abcdef"[bytes[i] & 15];
                text[2 * i + 1] = "0123456789abcdef"[bytes[i] >> 4];
        }
        text[2 * n] = '\0';
}

static bool read_processors(const char *text, cpu_set_t *ret_set)
{
        unsigned char bytes[sizeof(cpu_set_t)] = { 0 };
        size_t n = strlen(text);

        if (n > 2 * sizeof bytes || strspn(text, "0123456789abcdef") != n)
                return false;
        for (size_t i = 0; i < n; i++) {
                unsigned char half = (unsigned char)(text[i] <= '9' ? text[i] - '0' : text[i] - 'a' + 10);

                bytes[i / 2] = (unsigned char)(bytes[i / 2] | (i % 2 == 0 ? half : half << 4));
        }
        memcpy(ret_set, bytes, sizeof bytes);
        return true;
}

void handover_add(Message *message)
{
        mode_t mask = umask(0);
        cpu_set_t processors;
        char text[2 * sizeof processors + 1];

        (void)umask(mask);
        message_add_number(message, "umask", mask);
        message_add_number(message, "nice", getpriority(PRIO_PROCESS, 0));
        message_add_number(message, "io-priority", read_io_priority());
        if (sched_getaffinity(0, sizeof processors, &processors) == 0) {
                write_processors(&processors, text);
                message_add(message, "processors", text);
        }
        for (int i = 0; i < (int)RLIMIT_NLIMITS; i++) {
                struct rlimit limit = { 0 };

                if (getrlimit((__rlimit_resource_t)i, &limit) < 0)
                        continue;
                (void)snprintf(text, sizeof text, "%d %" PRIu64 " %" PRIu64, i, (uint64_t)limit.rlim_cur,
                               (uint64_t)limit.rlim_max);
                message_add(message, "limit", text);
        }
}

static int take_limits(const Message *message)
{
        const char *value;

        for (size_t i = 0; (value = message_get_nth(message, "limit", i)) != NULL; i++) {
                struct rlimit old = { 0 }, new = { 0 };
                uint64_t now = 0, most = 0;
                int resource = 0;

                /* NOLINTNEXTLINE(cert-err34-c): of our own launcher, and the resource's range is checked */
                if (sscanf(value, "%d %" SCNu64 " %" SCNu64, &resource, &now, &most) != 3 || resource < 0 ||
                    resource >= (int)RLIMIT_NLIMITS)
                        return -EINVAL;
                new = (struct rlimit){ .rlim_cur = now, .rlim_max = most };
                if (getrlimit((__rlimit_resource_t)resource, &old) == 0 && old.rlim_cur == now && old.rlim_max == most)
                        continue;
                if (setrlimit((__rlimit_resource_t)resource, &new) < 0)
                        return -errno;
        }
        return 0;
}

int handover_take(const Message *message)
{
        int nice_value = (int)message_get_number(message, "nice", 0);
        int io = (int)message_get_number(message, "io-priority", 0);
        const char *text = message_get(message, "processors");
        cpu_set_t want, have;

        if (nice_value != getpriority(PRIO_PROCESS, 0) && setpriority(PRIO_PROCESS, 0, nice_value) < 0)
                return -errno;
        if (io != read_io_priority() && syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, io) < 0)
                return -errno;
        if (text == NULL || !read_processors(text, &want) || sched_getaffinity(0, sizeof have, &have) < 0)
                return -EINVAL;
        if (!CPU_EQUAL(&want, &have) && sched_setaffinity(0, sizeof want, &want) < 0)
                return -errno;
        /* Last: the limits on priorities are among them. */
        return take_limits(message);
}

mode_t handover_mask(const Message *message)
{
        return (mode_t)(message_get_number(message, "umask", 077) & 0777);
}
