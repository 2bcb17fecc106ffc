/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

/* Who is at the other end of a connected Unix socket?  The same user; and for a process in a box's pid namespace, with
 * that user alone mapped: also outside of the namespace. */
bool peer_is_user(int socket);
bool peer_is_owner(int socket);
