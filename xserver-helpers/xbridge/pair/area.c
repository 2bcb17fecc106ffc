/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pair/area.h"

static int32_t least(int32_t a, int32_t b)
{
        return a < b ? a : b;
}

static int32_t most(int32_t a, int32_t b)
{
        return a > b ? a : b;
}

bool area_is_empty(const Area *area)
{
        return area->w <= 0 || area->h <= 0;
}

bool area_equals(const Area *a, const Area *b)
{
        return a->x == b->x && a->y == b->y && a->w == b->w && a->h == b->h;
}

bool area_holds(const Area *outer, const Area *inner)
{
        Area both = area_meet(outer, inner);

        return area_equals(&both, inner);
}

int64_t area_pixels(const Area *area)
{
        return area_is_empty(area) ? 0 : (int64_t)area->w * area->h;
}

Area area_meet(const Area *a, const Area *b)
{
        Area both = { .x = most(a->x, b->x), .y = most(a->y, b->y) };

        both.w = least(a->x + a->w, b->x + b->w) - both.x;
        both.h = least(a->y + a->h, b->y + b->h) - both.y;
        return area_is_empty(&both) ? (Area){ 0 } : both;
}

Area area_join(const Area *a, const Area *b)
{
        Area all = { .x = least(a->x, b->x), .y = least(a->y, b->y) };

        if (area_is_empty(a))
                return *b;
        if (area_is_empty(b))
                return *a;
        all.w = most(a->x + a->w, b->x + b->w) - all.x;
        all.h = most(a->y + a->h, b->y + b->h) - all.y;
        return all;
}

Area area_grow(const Area *area, int32_t by)
{
        return (Area){ area->x - by, area->y - by, area->w + 2 * by, area->h + 2 * by };
}

Area area_push_into(const Area *area, const Area *bounds)
{
        Area in = { .w = least(area->w, bounds->w), .h = least(area->h, bounds->h) };

        in.x = most(bounds->x, least(area->x, bounds->x + bounds->w - in.w));
        in.y = most(bounds->y, least(area->y, bounds->y + bounds->h - in.h));
        return in;
}
