/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "personality/session.h"

/* Builds the command's root and makes it this process's own, in a mount namespace of its own; the host's is gone
 * afterwards.  Ends the process where that fails. */
void root_build(Session *session);
