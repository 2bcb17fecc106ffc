/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/builder.h"
#include "engine/fault.h"
#include "personality/session.h"

/* What goes wrong, in bubblewrap's words: one line on standard error, and status 1. */

enum { PERSONALITY_FAILED = 1 };

/* error: a positive errno whose text is added, or 0. */
void report_line(const BwrapCommand *command, int error, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* A step of the engine's.  at: the line of the plan; only for steps of the mounts. */
void report_fault(const BwrapCommand *command, const Fault *fault);
void report_mount(const Session *session, const Tree *tree, size_t at, const Fault *fault);

#define report_and_exit(...)                                                                                           \
        do {                                                                                                           \
                report_line(__VA_ARGS__);                                                                              \
                _exit(PERSONALITY_FAILED);                                                                             \
        } while (0)
