/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "personality/status.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "personality/report.h"

typedef struct Id {
        const char *name;
        BwrapNamespace of; /* _BWRAP_NS_MAX: always a new one */
        uint64_t inode;    /* 0: not to be told */
} Id;

static bool read_ids(const Session *session, pid_t child, Id *ids, size_t n)
{
        CLEANUP(fd_closep) int dir = -1;
        char path[64];

        (void)snprintf(path, sizeof path, "/proc/%d/ns", (int)child);
        dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (dir < 0) {
                report_line(session->command, errno, "open /proc/%d/ns failed", (int)child);
                return false;
        }
        for (size_t i = 0; i < n; i++) {
                struct stat st = { 0 };

                if (ids[i].of != _BWRAP_NS_MAX && !session->command->unshare[ids[i].of])
                        continue;
                /* A kernel without it has none to tell. */
                if (fstatat(dir, ids[i].name, &st, 0) == 0)
                        ids[i].inode = st.st_ino;
        }
        return true;
}

static void add_ids(Buffer *text, const Id *ids, size_t n, const char *between)
{
        for (size_t i = 0; i < n; i++)
                if (ids[i].inode != 0)
                        buffer_printf(text, ",%s\"%s-namespace\": %" PRIu64, between, ids[i].name, ids[i].inode);
}

static bool tell(const Session *session, int fd, Buffer *text)
{
        int r = buffer_text(text) == NULL ? -ENOMEM : fd_write_all(fd, text->bytes, text->n);

        if (r < 0)
                report_line(session->command, -r, "Write to info_fd");
        return r == 0;
}

bool status_started(const Session *session, pid_t child)
{
        const int *fds = session->command->fds;
        Id ids[] = { { "cgroup", BWRAP_NS_CGROUP, 0 }, { "ipc", BWRAP_NS_IPC, 0 }, { "mnt", _BWRAP_NS_MAX, 0 },
                     { "net", BWRAP_NS_NET, 0 },       { "pid", BWRAP_NS_PID, 0 }, { "uts", BWRAP_NS_UTS, 0 } };
        size_t n = sizeof ids / sizeof *ids;
        CLEANUP(buffer_clear) Buffer info = BUFFER_INIT, line = BUFFER_INIT;

        if (fds[BWRAP_FD_INFO] < 0 && fds[BWRAP_FD_JSON_STATUS] < 0)
                return true;
        if (!read_ids(session, child, ids, n))
                return false;
        if (fds[BWRAP_FD_INFO] >= 0) {
                buffer_printf(&info, "{\n    \"child-pid\": %d", (int)child);
                add_ids(&info, ids, n, "\n    ");
                buffer_add_text(&info, "\n}\n");
                if (!tell(session, fds[BWRAP_FD_INFO], &info))
                        return false;
                (void)fd_close(fds[BWRAP_FD_INFO]);
        }
        if (fds[BWRAP_FD_JSON_STATUS] >= 0) {
                buffer_printf(&line, "{ \"child-pid\": %d", (int)child);
                add_ids(&line, ids, n, " ");
                buffer_add_text(&line, " }\n");
                return tell(session, fds[BWRAP_FD_JSON_STATUS], &line);
        }
        return true;
}

void status_ended(const Session *session, int code)
{
        CLEANUP(buffer_clear) Buffer line = BUFFER_INIT;

        if (session->command->fds[BWRAP_FD_JSON_STATUS] < 0)
                return;
        buffer_printf(&line, "{ \"exit-code\": %d }\n", code);
        (void)tell(session, session->command->fds[BWRAP_FD_JSON_STATUS], &line);
}
