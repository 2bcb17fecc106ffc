/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "personality/session.h"

/* Clones the child and waits for the command's end: its exit code, or 1 where it was not reached. */
int monitor_run(Session *session);
