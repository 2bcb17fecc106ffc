/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/fault.h"

/* What a process gives away before it may run anybody's code. */

/* No gain by execve(2) from here on, in this process and all that come from it. */
int privilege_no_new(Fault *fault);

/* Every capability but those kept (1 << CAP_*), out of every set, for good.  Where none is kept, root's magic with
 * execve(2) and setuid(2) goes too; else what is kept passes to every program, as root has it. */
int privilege_drop_capabilities(uint64_t kept, Fault *fault);

/* A session keyring of its own.  The caller's stays readable in a new user namespace (keyrings(7)): keys are not in
 * any namespace. */
int privilege_new_keyring(Fault *fault);

/* Nobody without capabilities in the user namespace that this program was executed in may look into this process or
 * take its descriptors (ptrace(2), "Ptrace access mode checking").  false: undone, for as long as a process writes its
 * own id maps. */
int privilege_hide(bool hidden, Fault *fault);
