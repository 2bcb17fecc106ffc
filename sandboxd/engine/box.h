/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/fault.h"
#include "engine/instance.h"

/* A box's init: the first process in the box's namespaces.  It makes the box complete, gives up every capability, and
 * then starts, signals and reaps the box's programs as the keeper says.
 *
 * Messages on its socket.  A job is an index into plan->programs, or a larger number for a shell.
 *
 *      keeper → init   start   job, stdio=given|terminal|null three times; with descriptors: one for each that is
 *                              given, then one for each fd= (its number in the program).  A shell's also has argv=…,
 *                              env=…, cwd=
 *                      signal  job, number; to the process group that the program leads
 *      init → keeper   listeners slot=…, with a descriptor for each; before "built"
 *                      built   the box is complete
 *                      error   step, object, errno: it will not be; or a start was impossible
 *                      executed job
 *                      ready   job: what it is awaited to make, a socket or a file, is there
 *                      failed  job, step, errno: the program could not be executed
 *                      ended   job, status as of waitpid(2)
 *                      pty     job; with the master of a new terminal
 *      program → keeper forked job: sent between fork and exec; the packet's credentials carry the pid
 */

/* What is left to do in the box's namespaces before a program of it may run: stages PARENT to DROPPED of box.c.  By the
 * box's init; 0 or -errno. */
int box_complete(Instance *instance, uint32_t self, Fault *ret_fault);

/* Clones the init of that box.  Called by the parent box's init, or by the keeper.  The pid or -errno. */
pid_t box_clone(Instance *instance, uint32_t box);
