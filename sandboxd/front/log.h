/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

/* FrontLog - what companions, and an app without a terminal, print, on its way into the instance's text log.  They
 * write into a pipe and not into the file, since nothing else bounds what a program writes into a file that it was
 * given. */

enum { FRONT_LOG_MAX_BYTES = 4 * 1024 * 1024, FRONT_LOG_LINE = 512 };

typedef struct FrontLog {
        int pipe, file; /* borrowed; -1: none */
        size_t written; /* at most FRONT_LOG_MAX_BYTES, and a line that says so */
        char line[FRONT_LOG_LINE],
                last[FRONT_LOG_LINE]; /* the one that is being written, and the last whole one; cut */
        size_t n_line;
} FrontLog;

/* Takes what is in the pipe; what is beyond the bound is dropped.  When nobody can write any more, .pipe is -1. */
void front_log_handle(FrontLog *log);

/* What the last line says, if it is that program's of Oriel's own, "oriel-PROGRAM: TEXT"; else NULL.  Untrusted as soon
 * as anything runs that is not Oriel's. */
const char *front_log_last_words(const FrontLog *log, const char *program);
