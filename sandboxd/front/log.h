/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

/* FrontLog - what companions, and an app without a terminal, print, on its way into the instance's text log.  They
 * write into a pipe and not into the file, since nothing else bounds what a program writes into a file that it was
 * given. */

enum { FRONT_LOG_MAX_BYTES = 4 * 1024 * 1024 };

typedef struct FrontLog {
        int pipe, file; /* borrowed; -1: none */
        size_t written; /* at most FRONT_LOG_MAX_BYTES, and a line that says so */
} FrontLog;

/* Takes what is in the pipe; what is beyond the bound is dropped.  When nobody can write any more, .pipe is -1. */
void front_log_handle(FrontLog *log);
