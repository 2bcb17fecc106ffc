/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "personality/filter.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/fd.h"
#include "personality/report.h"

enum { MAX_BYTES = BPF_MAXINSNS * sizeof(struct sock_filter) };

void filter_read(Session *session, int fd)
{
        CLEANUP(freep) char *bytes = NULL;
        struct sock_fprog *grown;
        void *code;
        size_t n = 0;
        int r = fd_read_all(fd, MAX_BYTES, &bytes, &n);

        (void)fd_close(fd);
        if (r < 0)
                report_and_exit(session->command, -r, "Can't read seccomp data");
        if (n % sizeof(struct sock_filter) != 0)
                report_and_exit(session->command, 0, "Invalid seccomp data, must be multiple of 8");
        grown = reallocarray(session->filters, session->n_filters + 1, sizeof *grown);
        if (grown == NULL)
                report_and_exit(session->command, ENOMEM, "Can't read seccomp data");
        code = STEAL(bytes); /* malloc(3) aligns it */
        session->filters = grown;
        session->filters[session->n_filters++] =
                (struct sock_fprog){ .len = (unsigned short)(n / sizeof(struct sock_filter)), .filter = code };
}

void filter_load(const Session *session)
{
        for (size_t i = 0; i < session->n_filters; i++) {
                if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &session->filters[i]) == 0)
                        continue;
                if (errno == EINVAL)
                        report_and_exit(session->command, 0,
                                        "Unable to set up system call filtering as requested: prctl(PR_SET_SECCOMP) "
                                        "reported EINVAL. (Hint: this requires a kernel configured with CONFIG_SECCOMP "
                                        "and CONFIG_SECCOMP_FILTER.)");
                report_and_exit(session->command, errno, "prctl(PR_SET_SECCOMP)");
        }
}
