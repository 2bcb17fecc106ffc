/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "instance/instance.h"

enum { LOG_NAME = INSTANCE_ID_SIZE + 8 };

static const char *const endings[] = { INSTANCE_LOG_AUDIT, INSTANCE_LOG_TEXT };

static void log_name(char ret_name[LOG_NAME], const char *id, const char *ending)
{
        (void)snprintf(ret_name, LOG_NAME, "%.*s%s", INSTANCE_ID_SIZE - 1, id, ending);
}

int instance_log_create(int logs_fd, const char *id, const char *ending)
{
        CLEANUP(fd_closep) int fd = -1;
        char name[LOG_NAME];

        log_name(name, id, ending);
        fd = openat(logs_fd, name, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        /* An umask may take away, and only that. */
        if (fd < 0 || fchmod(fd, 0600) < 0)
                return -errno;
        return fd_steal(&fd);
}

bool instance_log_exists(int logs_fd, const char *id)
{
        for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
                char name[LOG_NAME];
                struct stat is;

                log_name(name, id, endings[i]);
                if (fstatat(logs_fd, name, &is, AT_SYMLINK_NOFOLLOW) == 0)
                        return true;
        }
        return false;
}

void instance_log_remove(int logs_fd, const char *id, const char *ending)
{
        char name[LOG_NAME];

        log_name(name, id, ending);
        (void)unlinkat(logs_fd, name, 0);
}

void instance_logs_tidy(int logs_fd, const char *id)
{
        for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
                char name[LOG_NAME];
                struct stat is = { 0 };

                log_name(name, id, endings[i]);
                if (fstatat(logs_fd, name, &is, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(is.st_mode) && is.st_size == 0)
                        (void)unlinkat(logs_fd, name, 0);
        }
}
