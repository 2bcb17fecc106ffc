/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/instance.h"

/* Serves the keeper (box.h) until it is gone; then the box ends. */
_Noreturn void init_serve(const Instance *instance, uint32_t self);
