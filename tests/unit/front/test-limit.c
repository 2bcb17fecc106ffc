/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <signal.h>

#include "front/limit.h"

static const struct Row {
        const char *path, *word;
        int status;
        guint64 oom_kills;
        FrontLimit want;
        const char *says;
} rows[] = {
        { "/limit/none", NULL, 0, 0, FRONT_LIMIT_NONE, "" },
        { "/limit/killed-by-someone", NULL, SIGKILL, 0, FRONT_LIMIT_NONE, "" },
        { "/limit/time", "time", 0, 0, FRONT_LIMIT_TIME,
          "oriel: a.b.C: killed for its time limit ([Limits] time=90s)\n" },
        { "/limit/memory", NULL, SIGKILL, 1, FRONT_LIMIT_MEMORY,
          "oriel: a.b.C: killed for its memory limit ([Limits] memory=2048K)\n" },
        { "/limit/memory-of-a-command", NULL, 137 << 8, 2, FRONT_LIMIT_MEMORY,
          "oriel: a.b.C: killed for its memory limit ([Limits] memory=2048K)\n" },
        /* A child was killed; the app came to its own end. */
        { "/limit/memory-of-a-child", NULL, 3 << 8, 2, FRONT_LIMIT_NONE, "" },
        { "/limit/disk", NULL, SIGXFSZ, 0, FRONT_LIMIT_DISK,
          "oriel: a.b.C: killed for its limit on the size of a file ([Limits] disk=)\n" },
        { "/limit/unknown", "luck", SIGKILL, 0, FRONT_LIMIT_NONE, "" },
};

static void test_row(gconstpointer data)
{
        const struct Row *row = data;
        const PlanBudget budget = { .memory = 2 << 20, .seconds = 90 };
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        FrontLimit limit = front_limit_of(row->word, row->status, row->oom_kills);

        g_assert_cmpint(limit, ==, row->want);
        front_limit_print(limit, "a.b.C", &budget, &text);
        g_assert_cmpstr(buffer_text(&text), ==, row->says);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        return g_test_run();
}
