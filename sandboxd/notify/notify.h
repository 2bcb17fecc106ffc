/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

/* `oriel learn`, the part outside the box: a process that is told of each path that the app looks for, and writes down
 * those that the host has and the box does not show.
 *
 * The box stays what it is: but for one case, each call goes on in the kernel as if nobody had looked, and finds what
 * the box has.  So a path that the app changes under our eyes wins it nothing; what is written down is a hint, and said
 * to be one.  The one case: with `ask` a file that is to be opened is asked for, and what a person allowed is opened
 * here - the object that was named in the question, never the path again - and put into the app by descriptor. */

/* Starts that process, which lives as long as this one and the app.  Takes the listener on success.  home: the
 * person's, on the host as in the box.  *ret_fd: the other
 * end of its channel, on which it speaks as a mediator does (audit, ask).  0 or -errno. */
int notify_start(int *listener, const char *home, bool ask, int *ret_fd);
