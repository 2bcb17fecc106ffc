/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/buffer.h"
#include "base/message.h"

/* Exit statuses and sentences (docs: oriel(1), "Exit status").  Pure. */

enum {
        FRONT_STATUS_FAILED = 125,         /* Oriel failed */
        FRONT_STATUS_NOT_EXECUTABLE = 126, /* the command is there and can't be executed */
        FRONT_STATUS_NOT_FOUND = 127,
        FRONT_STATUS_SIGNAL = 128, /* + number */
};

/* Of a wait status as in waitpid(2). */
int front_status_of_wait(int wait_status);

/* Of a keeper's `error` message: 126 or 127 when it is the app's own command that could not be executed, else 125. */
int front_status_of_error(const Message *error);

/* What the end of such a companion usually means; NULL: nothing special. */
const char *front_companion_hint(const char *program);

/* Appends "oriel: STEP OBJECT: REASON" and, where one is known, a line with the mend. */
void front_error_sentence(const char *step, const char *object, int error, Buffer *text);
/* The same of a keeper's `error`, naming the box where it is not the app's. */
void front_error_print(const Message *error, Buffer *text);
