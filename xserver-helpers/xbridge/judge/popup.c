/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "judge/popup.h"

#include <string.h>

Area popup_work_area(const LetterMonitor *monitors, size_t n, const Area *at)
{
        size_t best = 0;
        int64_t most = -1;

        for (size_t i = 0; i < n; i++) {
                Area both = area_meet(&monitors[i].at, at);

                if (area_pixels(&both) > most) {
                        most = area_pixels(&both);
                        best = i;
                }
        }
        return n == 0 ? (Area){ 0 } : monitors[best].work;
}

static void insert_sorted(int32_t *numbers, size_t *n, int32_t number)
{
        size_t i = *n;

        for (; i > 0 && numbers[i - 1] > number; i--)
                numbers[i] = numbers[i - 1];
        numbers[i] = number;
        (*n)++;
}

int64_t popup_covered(const Area *areas, size_t n, const Area *bounds)
{
        int32_t xs[2 * (POPUP_AT_ONCE + 1)], ys[2 * (POPUP_AT_ONCE + 1)];
        Area in[POPUP_AT_ONCE + 1];
        size_t n_xs = 0, n_ys = 0, n_in = 0;
        int64_t covered = 0;

        for (size_t i = 0; i < n && i <= POPUP_AT_ONCE; i++) {
                in[n_in] = area_meet(&areas[i], bounds);
                if (area_is_empty(&in[n_in]))
                        continue;
                insert_sorted(xs, &n_xs, in[n_in].x);
                insert_sorted(xs, &n_xs, in[n_in].x + in[n_in].w);
                insert_sorted(ys, &n_ys, in[n_in].y);
                insert_sorted(ys, &n_ys, in[n_in].y + in[n_in].h);
                n_in++;
        }
        /* The edges cut the bounds into cells; a cell is covered as a whole or not at all. */
        for (size_t x = 0; x + 1 < n_xs; x++)
                for (size_t y = 0; y + 1 < n_ys; y++) {
                        Area cell = { xs[x], ys[y], xs[x + 1] - xs[x], ys[y + 1] - ys[y] };

                        for (size_t i = 0; i < n_in && !area_is_empty(&cell); i++)
                                if (area_holds(&in[i], &cell)) {
                                        covered += area_pixels(&cell);
                                        break;
                                }
                }
        return covered;
}

/* Does one more leave enough of every monitor? */
static bool is_bearable(const PopupScene *scene, const Area *at)
{
        Area all[POPUP_AT_ONCE + 1];

        if (scene->n_others >= POPUP_AT_ONCE)
                return false;
        if (scene->n_others > 0)
                memcpy(all, scene->others, scene->n_others * sizeof *all);
        all[scene->n_others] = *at;
        for (size_t i = 0; i < scene->n_monitors; i++) {
                const Area *monitor = &scene->monitors[i].at;

                if (popup_covered(all, scene->n_others + 1, monitor) * 100 >
                    area_pixels(monitor) * scene->share_percent)
                        return false;
        }
        return true;
}

static bool is_only_decoration(LetterKind kind)
{
        return kind == LETTER_KIND_TOOLTIP || kind == LETTER_KIND_DND;
}

PopupVerdict popup_judge(const PopupScene *scene, const Area *at, LetterKind kind, bool was_free, Area *ret_at)
{
        bool is_in_use = scene->focused || (scene->since_input_ms >= 0 && scene->since_input_ms <= POPUP_INPUT_MS);
        Area work = popup_work_area(scene->monitors, scene->n_monitors, at);

        *ret_at = *at;
        if (kind == LETTER_KIND_SPLASH)
                return POPUP_MANAGED;
        if (!is_in_use)
                return was_free || is_only_decoration(kind) ? POPUP_HIDDEN : POPUP_MANAGED;
        if (area_is_empty(&work))
                return POPUP_MANAGED;
        *ret_at = area_push_into(at, &work);
        if (is_bearable(scene, ret_at))
                return POPUP_FREE;
        *ret_at = *at;
        return POPUP_MANAGED;
}
