/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/buffer.h"

/* What a process has from those above it and can't hand to another: namespaces, root, groups, cgroup, security label,
 * what the kernel forbids it.  A parked box has its engine's, so it serves only those whose standing is the same.  Adds
 * bytes that are equal where all of it is; what can't be read is a value too. */
void standing_add(Buffer *buffer);
