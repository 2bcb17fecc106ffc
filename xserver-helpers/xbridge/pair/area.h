/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Area - a rectangle of pixels.  w or h of 0 or less: nothing at all. */
typedef struct Area {
        int32_t x, y, w, h;
} Area;

bool area_is_empty(const Area *area);
bool area_equals(const Area *a, const Area *b);
bool area_holds(const Area *outer, const Area *inner);
int64_t area_pixels(const Area *area);

/* What both have. */
Area area_meet(const Area *a, const Area *b);
/* The smallest that has both. */
Area area_join(const Area *a, const Area *b);
/* Larger by so many pixels on each side; smaller by negative ones. */
Area area_grow(const Area *area, int32_t by);

/* Moved, and where that is not enough cut, until it lies in bounds. */
Area area_push_into(const Area *area, const Area *bounds);
