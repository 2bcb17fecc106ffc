/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "start/slots.h"

/* Has oriel-credential read the secrets that the plan's rules name, and make the instance's authority: the slots
 * credential-state and credential-bundle.  It gets that environment.  0; START_NO_CREDENTIAL with its sentence in
 * fault->text; -errno. */
int start_credential_make(const Plan *plan, char *const *environment, StartSlots *slots, StartSlotFault *fault);
