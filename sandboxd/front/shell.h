/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What stays of `oriel shell`: after `shell` was sent on the keeper's control socket, relays the terminal where the
 * keeper gives a pty, until it reports the end.  Returns the exit status, as front_run() does; prints the keeper's
 * error. */
int front_shell(int control_socket);
