/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The number of a capability by its name, "cap_sys_admin" in any case; or -1. */
int bwrap_capability(const char *name);
