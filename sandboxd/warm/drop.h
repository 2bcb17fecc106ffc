/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Takes away what is parked for that app; NULL: for all.  manager: path of the session manager's socket.  Returns when
 * it is gone, or where nothing is warm: 0; -errno. */
int warm_drop(const char *manager, const char *app);
