/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

#include "pair/letter.h"

/* Popup - may a window that wants no window manager (a menu, a tooltip) have none on the person's screen?  Such windows
 * could cover everything, and look like anything.  Numbers in, a verdict out; it is asked again whenever one of the
 * numbers changes, and what it said before binds it to nothing. */

enum {
        POPUP_SHARE_PERCENT = 40, /* of one monitor, that all popups of a box may cover together */
        POPUP_INPUT_MS = 1000,    /* so long a click or a key makes a box the one that the person works with */
        POPUP_AT_ONCE = 32,
};

typedef enum PopupVerdict {
        POPUP_HIDDEN,  /* not shown: what it belonged to is over */
        POPUP_FREE,    /* as it wants to be */
        POPUP_MANAGED, /* a window like others, with the window manager's frame */
} PopupVerdict;

typedef struct PopupScene {
        const LetterMonitor *monitors;
        size_t n_monitors;
        const Area *others; /* the free popups of this box that are shown, with their borders */
        size_t n_others;
        bool focused;           /* a window of this box has the keyboard */
        int64_t since_input_ms; /* the last button or key in a window of this box; negative: never */
        uint32_t share_percent;
} PopupScene;

/* at: with its border, where it wants to be; *ret_at: where it may be, within the work area of a monitor.  was_free: it
 * is shown as such now. */
PopupVerdict popup_judge(const PopupScene *scene, const Area *at, LetterKind kind, bool was_free, Area *ret_at);

/* The work area of the monitor that shows most of it, or of the first. */
Area popup_work_area(const LetterMonitor *monitors, size_t n, const Area *at);

/* Pixels of bounds that at least one of the areas covers.  n: at most POPUP_AT_ONCE + 1. */
int64_t popup_covered(const Area *areas, size_t n, const Area *bounds);
