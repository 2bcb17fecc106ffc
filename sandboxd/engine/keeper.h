/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/instance.h"

/* The keeper: pid 1 of the instance.  Never returns: its end is the instance's end. */
_Noreturn void keeper_run(Instance *instance);
