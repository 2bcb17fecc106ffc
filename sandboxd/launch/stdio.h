/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* First thing in main(): each of 0, 1, 2 that is closed becomes /dev/null, so that no file of ours can come to stand
 * there. */
void launch_guard_stdio(void);
