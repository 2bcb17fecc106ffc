/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"
#include "cli/keeper.h"

/* A tree of boxes as text and as JSON.  Pure. */

typedef struct TreeView {
        const char *id, *app;
        const KeeperTree *tree;
        bool utf8; /* lines and corners; else ASCII */
} TreeView;

void tree_view_print(const TreeView *view, Buffer *ret_text);

/* {"id","app","box","kind","pid","processes":[{"pid","name","role"}],"children":[...]}; a pid that is not known is
 * null. */
void tree_view_json(const TreeView *view, Buffer *ret_text);
