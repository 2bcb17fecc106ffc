/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Fault - which step of a launch failed on which object.  It travels to the front end, which makes the sentence.  Both
 * texts are borrowed: from the program or from the plan. */
typedef struct Fault {
        int error;          /* positive errno */
        const char *step;   /* "bind", "uid map" */
        const char *object; /* a path or a name, or NULL */
} Fault;

/* Fills *fault from a negative errno and returns it. */
static inline int fault_set(Fault *fault, int r, const char *step, const char *object)
{
        *fault = (Fault){ .error = -r, .step = step, .object = object };
        return r;
}
