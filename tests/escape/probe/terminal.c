/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The terminal: a box on a real one must not type into it, nor paste from a console. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#include "probe.h"

/* Tries a request on each descriptor that may be a terminal. */
static Verdict on_each_terminal(unsigned long request, char *argument, char *detail)
{
        int fds[] = { 0, 1, 2, open("/dev/tty", O_RDWR | O_CLOEXEC) };
        int n = 0;

        for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
                if (fds[i] < 0 || !isatty(fds[i]))
                        continue;
                n++;
                if (syscall(SYS_ioctl, (long)fds[i], request, argument) >= 0)
                        return verdict(OPEN, detail, "accepted on descriptor %d", fds[i]);
                if (errno != EPERM && errno != ENOSYS && errno != EIO)
                        return verdict(OPEN, detail, "descriptor %d answers %s", fds[i], strerrorname_np(errno));
        }
        return n > 0 ? verdict(REFUSED, detail, "on %d terminals: %s", n, strerrorname_np(errno))
                     : verdict(ABSENT, detail, "no terminal here");
}

static Verdict try_tiocsti(char *detail)
{
        return on_each_terminal(TIOCSTI, (char[]){ '!' }, detail);
}

/* CVE-2019-10063: a filter that compares 64 bits, where the kernel looks at 32. */
static Verdict try_tiocsti_high_bits(char *detail)
{
        return on_each_terminal(TIOCSTI | 1UL << 32, (char[]){ '!' }, detail);
}

static Verdict try_tioclinux(char *detail)
{
        return on_each_terminal(TIOCLINUX, (char[]){ 3 }, detail);
}

static Verdict try_tioclinux_high_bits(char *detail)
{
        return on_each_terminal(TIOCLINUX | 1UL << 32, (char[]){ 2 }, detail);
}

/* Taking the caller's terminal as one's own, or its foreground. */
static Verdict try_console(char *detail)
{
        return on_each_terminal(TIOCCONS, NULL, detail);
}

/* The pts number of the box's own pty is of the box's own devpts: no other is there. */
static Verdict try_other_terminals(char *detail)
{
        char path[32];
        int n = 0;

        for (int i = 0; i < 512; i++) {
                snprintf(path, sizeof path, "/dev/pts/%d", i);
                int fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);

                n += fd >= 0;
                if (fd >= 0)
                        close(fd);
        }
        return n <= 1 ? verdict(REFUSED, detail, "%d terminal in /dev/pts", n)
                      : verdict(OPEN, detail, "%d terminals in /dev/pts", n);
}

/* The guard must not cost job control. */
static Verdict try_job_control(char *detail)
{
        struct winsize size = { 0 };

        if (tcgetpgrp(0) < 0)
                return verdict(OPEN, detail, "no foreground process group: %s", strerrorname_np(errno));
        if (ioctl(0, TIOCGWINSZ, &size) < 0 || size.ws_row == 0)
                return verdict(OPEN, detail, "no window size");
        if (ttyname(0) == NULL)
                return verdict(OPEN, detail, "the terminal has no name: %s", strerrorname_np(errno));
        if (open("/dev/tty", O_RDWR | O_CLOEXEC) < 0)
                return verdict(OPEN, detail, "/dev/tty: %s", strerrorname_np(errno));
        return verdict(WORKS, detail, "%s, %ux%u", ttyname(0), size.ws_col, size.ws_row);
}

const Attempt terminal_attempts[] = {
        { "tiocsti", "CVE-2017-5226 CVE-2016-7545 CVE-2016-9016", try_tiocsti },
        { "tiocsti-high-bits", "CVE-2019-10063 CVE-2019-7303", try_tiocsti_high_bits },
        { "tioclinux", "CVE-2023-28100 CVE-2023-1523", try_tioclinux },
        { "tioclinux-high-bits", "CVE-2023-28100 CVE-2023-1523", try_tioclinux_high_bits },
        { "take-console", "CVE-2023-28100 CVE-2023-1523", try_console },
        { "other-terminals", "passed-descriptors", try_other_terminals },
        { "job-control-works", "job-control", try_job_control },
        { 0 },
};
