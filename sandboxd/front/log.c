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

static void follow(FrontLog *log, const char *bytes, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (bytes[i] != '\n') {
                        if (log->n_line < sizeof log->line - 1)
                                log->line[log->n_line++] = bytes[i];
                } else if (log->n_line > 0) {
                        memcpy(log->last, log->line, log->n_line);
                        log->last[log->n_line] = '\0';
                        log->n_line = 0;
                }
}

const char *front_log_last_words(const FrontLog *log, const char *program)
{
        static const char own[] = "oriel-";
        const char *name = log->last + strlen(own);
        size_t n = strlen(program);

        return strncmp(log->last, own, strlen(own)) == 0 && strncmp(name, program, n) == 0 &&
                               strncmp(name + n, ": ", 2) == 0
                       ? name + n + 2
                       : NULL;
}

void front_log_handle(FrontLog *log)
{
        char bytes[16 * 1024];

        for (int i = 0; log->pipe >= 0 && i < MAX_READS; i++) {
                ssize_t n = read(log->pipe, bytes, sizeof bytes);

                if (n > 0) {
                        keep(log, bytes, (size_t)n);
                        follow(log, bytes, (size_t)n);
                } else if (n < 0 && errno == EINTR)
                        continue;
                else if (n < 0 && errno == EAGAIN)
                        return;
                else
                        log->pipe = -1;
        }
}
