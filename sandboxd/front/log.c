/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "front/log.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

/* Reads of one turn: who writes without end must not keep the loop from all else. */
enum { MAX_READS = 16 };

static void keep(FrontLog *log, const char *bytes, size_t n)
{
        static const char full[] = "\noriel: the log is full: what follows is not kept\n";
        size_t room = FRONT_LOG_MAX_BYTES - log->written;

        if (room == 0)
                return;
        /* A full disk loses lines, and nothing else. */
        (void)fd_write_all(log->file, bytes, n < room ? n : room);
        log->written += n < room ? n : room;
        if (log->written == FRONT_LOG_MAX_BYTES)
                (void)fd_write_all(log->file, full, strlen(full));
}

void front_log_handle(FrontLog *log)
{
        char bytes[16 * 1024];

        for (int i = 0; log->pipe >= 0 && i < MAX_READS; i++) {
                ssize_t n = read(log->pipe, bytes, sizeof bytes);

                if (n > 0)
                        keep(log, bytes, (size_t)n);
                else if (n < 0 && errno == EINTR)
                        continue;
                else if (n < 0 && errno == EAGAIN)
                        return;
                else
                        log->pipe = -1;
        }
}
