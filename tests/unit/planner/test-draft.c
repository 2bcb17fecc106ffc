/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <stdlib.h>

#include "planner/draft.h"

/* The box's mounts as "kind dest", one a line. */
static char *finish(Draft *draft)
{
        GString *text = g_string_new(NULL);
        PlanBox box = { 0 };

        draft_finish(draft, &box);
        for (gsize i = 0; i < box.n_mounts; i++) {
                g_string_append_printf(text, "%s %s\n", plan_mount_kind_word(box.mounts[i].kind), box.mounts[i].dest);
                g_free(box.mounts[i].dest);
                g_free(box.mounts[i].source);
                g_free(box.mounts[i].source_root);
                g_free(box.mounts[i].content);
        }
        g_free(box.mounts);
        return g_string_free(text, FALSE);
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

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/draft/order", test_order);
        g_test_add_func("/draft/replace", test_replace);
        g_test_add_func("/draft/drop-and-shows", test_drop_and_shows);
        return g_test_run();
}
