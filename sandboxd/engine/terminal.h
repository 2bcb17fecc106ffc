/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A new terminal of the box's own devpts, opened by the box's init in its root.  0 or -errno; both ends are
 * close-on-exec and become nobody's controlling terminal by this. */
int terminal_open(int *ret_master, int *ret_slave);
