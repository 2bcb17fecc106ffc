/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* First thing in main(): in the place of each of 0, 1, 2 that is closed stands a descriptor that can be neither read
 * nor written, so that no file of ours can come to stand there.  An app is not started with it: EBADF. */
void launch_guard_stdio(void);
