/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/title.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"

/* The bytes of all arguments, which lie one after another from argv[0] on. */
static size_t length_of_arguments(void)
{
        CLEANUP(fd_closep) int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
        char bytes[4096];
        size_t n = 0;
        ssize_t got;

        while (fd >= 0 && (got = read(fd, bytes, sizeof bytes)) > 0)
                n += (size_t)got;
        return n;
}

void title_set(const char *title)
{
        size_t n = length_of_arguments(), n_title = strlen(title);

        if (n > 0) {
                memset(program_invocation_name, 0, n);
                memcpy(program_invocation_name, title, n_title < n ? n_title : n - 1);
        }
        (void)prctl(PR_SET_NAME, title, 0, 0, 0);
}
