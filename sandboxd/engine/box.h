/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

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
 *                      failed  job, step, errno: the program could not be executed
 *                      ended   job, status as of waitpid(2)
 *                      pty     job; with the master of a new terminal
 *      program → keeper forked job: sent between fork and exec; the packet's credentials carry the pid
 */

/* Clones the init of that box.  Called by the parent box's init, or by the keeper.  The pid or -errno. */
pid_t box_clone(Instance *instance, uint32_t box);

/* A message of these verbs, sent by the calling process; a failure to send is no concern: the other end is gone. */
void box_send_number(int socket, const char *verb, const char *key, int64_t number);
