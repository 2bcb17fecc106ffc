/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "planner/draft.h"

/* The box's mounts as "kind dest", one a line. */
static char *take_text(PlanBox *box)
{
        GString *text = g_string_new(NULL);

        for (gsize i = 0; i < box->n_mounts; i++) {
                g_string_append_printf(text, "%s %s\n", plan_mount_kind_word(box->mounts[i].kind), box->mounts[i].dest);
                g_free(box->mounts[i].dest);
                g_free(box->mounts[i].source);
                g_free(box->mounts[i].source_root);
                g_free(box->mounts[i].content);
        }
        g_free(box->mounts);
        return g_string_free(text, FALSE);
}

static char *finish(Draft *draft)
{
        PlanBox box = { 0 };

        draft_finish(draft, &box);
        return take_text(&box);
}

static void test_order(void)
{
        g_autoptr(Draft) draft = draft_new(0);
        g_autofree char *text = NULL;

        draft_plain(draft, PLAN_MOUNT_RO, "/");
        draft_plain(draft, PLAN_MOUNT_RO, "/dev");
        draft_plain(draft, PLAN_MOUNT_MASK, "/a/b/hidden");
        draft_bind(draft, "/x", "/a/b", 0);
        draft_bind(draft, "/x", "/a-c", 0); /* '-' sorts before '/' as a sign, not as a path */
        draft_tmpfs(draft, "/dev", 0755, 1);
        draft_bind(draft, "/x", "/a", 0);
        draft_tmpfs(draft, "/", 0755, 1);
        draft_pin(draft, "/a/b/pinned", 0);
        text = finish(draft);
        g_assert_cmpstr(text, ==,
                        "tmpfs /\nbind /a\nbind /a/b\nbind /a-c\ntmpfs /dev\n"
                        "mask /a/b/hidden\nbind /a/b/pinned\n"
                        "read-only /dev\nread-only /\n");
}

static void test_replace(void)
{
        g_autoptr(Draft) draft = draft_new(0);
        g_autofree char *text = NULL;

        draft_tmpfs(draft, "/home", 0700, 1);
        draft_bind(draft, "/x", "/home", 0);
        draft_pin(draft, "/home/.bashrc", 0);
        draft_plain(draft, PLAN_MOUNT_MASK, "/home/.bashrc");
        draft_file(draft, "/home/.bashrc", "", 0444);
        text = finish(draft);
        g_assert_cmpstr(text, ==, "bind /home\nfile /home/.bashrc\nmask /home/.bashrc\n");
}

static void test_drop_and_shows(void)
{
        g_autoptr(Draft) draft = draft_new(0);
        g_autofree char *text = NULL;

        draft_tmpfs(draft, "/", 0755, 1);
        draft_bind(draft, "/x", "/dev", 0);
        draft_bind(draft, "/x", "/dev/null", 0);
        draft_bind(draft, "/x", "/device", 0);
        g_assert_true(draft_shows(draft, "/dev/zero"));
        g_assert_false(draft_shows(draft, "/home"));
        draft_drop(draft, "/dev");
        g_assert_false(draft_shows(draft, "/dev/zero"));
        text = finish(draft);
        g_assert_cmpstr(text, ==, "tmpfs /\nbind /device\n");
}

static gboolean is_above(const char *top, const char *path)
{
        gsize n = strlen(top);

        return (n == 1 && strlen(path) > 1) || (strncmp(path, top, n) == 0 && path[n] == '/');
}

/* Any lines in any order: of those for one place the last is there, and each after all that it lies in.  The order in
 * which they were added says nothing else: shuffled, different places give the same list. */
static void test_any_order(void)
{
        static const char *const places[] = { "/",      "/a",     "/a/b", "/a/b/c", "/a-b",   "/a.b/c", "/ab",
                                              "/a/b-c", "/a/b.d", "/b",   "/b/a",   "/b/a/a", "/b/a/b", "/a/b/c/d" };

        for (int round = 0; round < 500; round++) {
                g_autoptr(Draft) draft = draft_new(0), shuffled = draft_new(0);
                guint order[G_N_ELEMENTS(places)], last[G_N_ELEMENTS(places)] = { 0 };
                g_autofree char *text = NULL, *other = NULL;
                PlanBox box = { 0 };

                for (guint i = 1; i <= 40; i++) {
                        guint place = (guint)g_test_rand_int_range(0, G_N_ELEMENTS(places));
                        g_autofree char *source = g_strdup_printf("/source/%u", i);

                        draft_bind(draft, source, places[place], 0);
                        last[place] = i;
                }
                for (guint i = 0; i < G_N_ELEMENTS(places); i++)
                        order[i] = i;
                for (guint i = G_N_ELEMENTS(places); i > 1; i--) {
                        guint at = (guint)g_test_rand_int_range(0, (gint32)i), held = order[at];

                        order[at] = order[i - 1];
                        order[i - 1] = held;
                }
                for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
                        g_autofree char *source = g_strdup_printf("/source/%u", last[order[i]]);

                        if (last[order[i]] != 0)
                                draft_bind(shuffled, source, places[order[i]], 0);
                }
                draft_finish(draft, &box);
                for (gsize i = 0; i < box.n_mounts; i++) {
                        guint place = 0;

                        while (!g_str_equal(places[place], box.mounts[i].dest))
                                place++;
                        g_assert_cmpint(atoi(box.mounts[i].source + strlen("/source/")), ==, last[place]);
                        for (gsize k = i + 1; k < box.n_mounts; k++) {
                                g_assert_false(is_above(box.mounts[k].dest, box.mounts[i].dest));
                                g_assert_cmpstr(box.mounts[k].dest, !=, box.mounts[i].dest);
                        }
                }
                text = take_text(&box);
                other = finish(shuffled);
                g_assert_cmpstr(text, ==, other);
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/draft/order", test_order);
        g_test_add_func("/draft/replace", test_replace);
        g_test_add_func("/draft/drop-and-shows", test_drop_and_shows);
        g_test_add_func("/draft/any-order", test_any_order);
        return g_test_run();
}
