/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "personality/session.h"

/* The child: from the clone, in its new namespaces, to the command. */
_Noreturn void setup_run(Session *session);
