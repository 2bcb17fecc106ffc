/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>

#include "judge/popup.h"

/* Two monitors side by side, the left one with a panel at its foot. */
static const LetterMonitor monitors[] = {
        { .at = { 0, 0, 1000, 1000 }, .work = { 0, 0, 1000, 960 } },
        { .at = { 1000, 0, 500, 500 }, .work = { 1000, 0, 500, 500 } },
};

static const Area half[] = { { 0, 0, 1000, 390 } };
static const Area strips[] = { { 0, 0, 1000, 100 }, { 0, 100, 1000, 100 }, { 0, 200, 1000, 100 } };
static const Area same[] = { { 0, 0, 600, 600 }, { 0, 0, 600, 600 }, { 10, 10, 500, 500 } };
static const Area many[POPUP_AT_ONCE] = { { 0, 0, 1, 1 } };

static const struct Row {
        const char *path;
        Area at;
        LetterKind kind;
        bool is_focused, was_free;
        int64_t since_input_ms;
        const Area *others;
        size_t n_others;
        PopupVerdict verdict;
        Area ret_at; /* empty: at */
} rows[] = {
        { "/popup/menu-in-focused",
          { 10, 10, 200, 300 },
          .is_focused = true,
          .since_input_ms = -1,
          .verdict = POPUP_FREE },
        { "/popup/after-click", { 10, 10, 200, 300 }, .since_input_ms = 999, .verdict = POPUP_FREE },
        { "/popup/long-after-click", { 10, 10, 200, 300 }, .since_input_ms = 1001, .verdict = POPUP_MANAGED },
        { "/popup/never-touched", { 10, 10, 200, 300 }, .since_input_ms = -1, .verdict = POPUP_MANAGED },
        { "/popup/focus-lost", { 10, 10, 200, 300 }, .was_free = true, .since_input_ms = -1, .verdict = POPUP_HIDDEN },
        { "/popup/tooltip-elsewhere",
          { 10, 10, 20, 20 },
          .kind = LETTER_KIND_TOOLTIP,
          .since_input_ms = -1,
          .verdict = POPUP_HIDDEN },
        { "/popup/splash",
          { 10, 10, 20, 20 },
          .kind = LETTER_KIND_SPLASH,
          .is_focused = true,
          .verdict = POPUP_MANAGED },
        { "/popup/whole-screen", { 0, 0, 1000, 1000 }, .is_focused = true, .verdict = POPUP_MANAGED },
        { "/popup/just-40-percent", { 0, 0, 1000, 400 }, .is_focused = true, .verdict = POPUP_FREE },
        { "/popup/just-more", { 0, 0, 1000, 401 }, .is_focused = true, .verdict = POPUP_MANAGED },
        { "/popup/second-half",
          { 0, 400, 1000, 11 },
          .is_focused = true,
          .others = half,
          .n_others = 1,
          .verdict = POPUP_MANAGED },
        { "/popup/beside-half",
          { 0, 400, 1000, 10 },
          .is_focused = true,
          .others = half,
          .n_others = 1,
          .verdict = POPUP_FREE },
        { "/popup/fourth-strip",
          { 0, 300, 1000, 101 },
          .is_focused = true,
          .others = strips,
          .n_others = 3,
          .verdict = POPUP_MANAGED },
        { "/popup/overlapping-counts-once",
          { 0, 0, 600, 600 },
          .is_focused = true,
          .others = same,
          .n_others = 3,
          .verdict = POPUP_FREE },
        { "/popup/covers-small-monitor", { 1000, 0, 500, 210 }, .is_focused = true, .verdict = POPUP_MANAGED },
        { "/popup/small-on-small-monitor", { 1000, 0, 500, 200 }, .is_focused = true, .verdict = POPUP_FREE },
        { "/popup/too-many",
          { 0, 0, 1, 1 },
          .is_focused = true,
          .others = many,
          .n_others = POPUP_AT_ONCE,
          .verdict = POPUP_MANAGED },
        { "/popup/over-panel",
          { 10, 900, 100, 100 },
          .is_focused = true,
          .verdict = POPUP_FREE,
          .ret_at = { 10, 860, 100, 100 } },
        { "/popup/off-screen",
          { -5000, -5000, 100, 100 },
          .is_focused = true,
          .verdict = POPUP_FREE,
          .ret_at = { 0, 0, 100, 100 } },
        { "/popup/wider-than-screen",
          { -100, 10, 5000, 100 },
          .is_focused = true,
          .verdict = POPUP_FREE,
          .ret_at = { 0, 10, 1000, 100 } },
        { "/popup/across-monitors",
          { 900, 10, 150, 100 },
          .is_focused = true,
          .verdict = POPUP_FREE,
          .ret_at = { 850, 10, 150, 100 } },
};

static void test_row(const void *data)
{
        const struct Row *row = data;
        PopupScene scene = { .monitors = monitors,
                             .n_monitors = G_N_ELEMENTS(monitors),
                             .others = row->others,
                             .n_others = row->n_others,
                             .focused = row->is_focused,
                             .since_input_ms = row->since_input_ms,
                             .share_percent = POPUP_SHARE_PERCENT };
        Area expected = area_is_empty(&row->ret_at) ? row->at : row->ret_at, at = { 0 };

        g_assert_cmpint(popup_judge(&scene, &row->at, row->kind, row->was_free, &at), ==, row->verdict);
        g_assert_cmpint(at.x, ==, expected.x);
        g_assert_cmpint(at.y, ==, expected.y);
        g_assert_cmpint(at.w, ==, expected.w);
        g_assert_cmpint(at.h, ==, expected.h);
}

static void test_no_monitor(void)
{
        PopupScene scene = { .focused = true, .share_percent = POPUP_SHARE_PERCENT };
        Area at = { 0 };

        g_assert_cmpint(popup_judge(&scene, &(Area){ 0, 0, 1, 1 }, LETTER_KIND_MENU, false, &at), ==, POPUP_MANAGED);
}

/* The same as counting pixels one by one. */
static void test_covered(void)
{
        GRand *rand = g_rand_new_with_seed(7);

        for (int round = 0; round < 200; round++) {
                Area areas[6], bounds = { 2, 3, 30, 20 };
                int64_t covered = 0;

                for (size_t i = 0; i < G_N_ELEMENTS(areas); i++)
                        areas[i] = (Area){ g_rand_int_range(rand, -5, 35), g_rand_int_range(rand, -5, 30),
                                           g_rand_int_range(rand, -1, 20), g_rand_int_range(rand, 0, 20) };
                for (int x = bounds.x; x < bounds.x + bounds.w; x++)
                        for (int y = bounds.y; y < bounds.y + bounds.h; y++)
                                for (size_t i = 0; i < G_N_ELEMENTS(areas); i++)
                                        if (area_holds(&areas[i], &(Area){ x, y, 1, 1 })) {
                                                covered++;
                                                break;
                                        }
                g_assert_cmpint(popup_covered(areas, G_N_ELEMENTS(areas), &bounds), ==, covered);
        }
        g_rand_free(rand);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        g_test_add_func("/popup/no-monitor", test_no_monitor);
        g_test_add_func("/popup/covered", test_covered);
        return g_test_run();
}
