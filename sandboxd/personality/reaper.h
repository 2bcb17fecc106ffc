/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "personality/session.h"

/* Becomes the command; or starts it, and is process 1 until nobody is left. */
_Noreturn void reaper_run(Session *session);
