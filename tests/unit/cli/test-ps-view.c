/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/cleanup.h"
#include "cli/ps-view.h"

static char app[] = "org.x.App", hostile[] = "org.x.\x1b[2J", profile[] = "apps/app", name[] = "work",
            display[] = "xephyr :7", network[] = "none";

static const InstanceInfo infos[] = {
        { .id = "0123abcd",
          .app = app,
          .profile = profile,
          .instance = name,
          .display = display,
          .network = network,
          .state = INSTANCE_RUNNING,
          .started = 1000000000,
          .keeper_pid = 41 },
        { .id = "89ef0000", .app = hostile, .state = INSTANCE_STARTING, .started = 1000000000 },
};
static const PsRow rows[] = { { &infos[0], 42 }, { &infos[1], 0 } };

static void test_json(void)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT, none = BUFFER_INIT;

        ps_view_json(rows, G_N_ELEMENTS(rows), &text);
        g_assert_cmpstr(buffer_text(&text), ==,
                        "[{\"id\":\"0123abcd\",\"app\":\"org.x.App\",\"profile\":\"apps/app\",\"instance\":\"work\","
                        "\"state\":\"running\",\"started\":\"2001-09-09T01:46:40Z\",\"pid\":42,\"init_pid\":41,"
                        "\"display\":\"xephyr :7\",\"network\":\"none\"},"
                        "{\"id\":\"89ef0000\",\"app\":\"org.x.\\u001b[2J\",\"profile\":null,\"instance\":null,"
                        "\"state\":\"starting\",\"started\":\"2001-09-09T01:46:40Z\",\"pid\":null,\"init_pid\":null,"
                        "\"display\":null,\"network\":null}]\n");
        ps_view_json(NULL, 0, &none);
        g_assert_cmpstr(buffer_text(&none), ==, "[]\n");
}

static void test_text(void)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

        ps_view_print(rows, G_N_ELEMENTS(rows), 1000000000 + 3 * 3600, &text);
        g_assert_cmpstr(buffer_text(&text), ==,
                        "ID        APP            INSTANCE  STATE     PID  AGE  DISPLAY, NETWORK\n"
                        "0123abcd  org.x.App      work      running   42   3 h  xephyr :7, none\n"
                        "89ef0000  org.x.\\x1b[2J  -         starting  -    3 h  -, -\n");
}

static void test_age(void)
{
        static const struct Age {
                gint64 seconds;
                const char *shown;
        } ages[] = { { 0, " 0 s " },    { 119, " 119 s " },  { 120, " 2 min " },
                     { 7200, " 2 h " }, { 172800, " 2 d " }, { -5, " -  " } };

        for (gsize i = 0; i < G_N_ELEMENTS(ages); i++) {
                CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

                ps_view_print(rows, 1, 1000000000 + ages[i].seconds, &text);
                g_assert_nonnull(g_strstr_len(buffer_text(&text), -1, ages[i].shown));
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/ps-view/json", test_json);
        g_test_add_func("/ps-view/text", test_text);
        g_test_add_func("/ps-view/age", test_age);
        return g_test_run();
}
