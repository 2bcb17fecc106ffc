/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"
#include "plan/plan.h"

/* `oriel explain --tree`: boxes, and what is in them.  Pure. */
void plan_tree_print(const Plan *plan, bool utf8, Buffer *ret_text);

/* {"box","kind","unshare","uid","gid","uids","gids","capabilities","mounts":NUMBER,"programs":[{"name","argv","ready",
 * "ready_fd","ready_path","ready_timeout_ms","after","death"}],"children":[...]} */
void plan_tree_json(const Plan *plan, Buffer *ret_text);
