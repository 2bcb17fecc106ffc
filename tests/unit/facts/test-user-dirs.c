/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>

#include "facts/user-dirs.h"

static void test_parse(void)
{
        g_autoptr(GHashTable) dirs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

        user_dirs_parse(dirs,
                        "# a comment\n"
                        "XDG_DOWNLOAD_DIR=\"$HOME/Herunter geladen/\"\n"
                        "  XDG_MUSIC_DIR=\"/srv/m\\\"usic\"\n"
                        "XDG_DESKTOP_DIR=\"$HOME/\"\n"
                        "XDG_VIDEOS_DIR=\"relative\"\n"
                        "XDG_PICTURES_DIR=\"$HOME/open\n"
                        "XDG_SECRETS_DIR=\"$HOME/x\"\n",
                        "/home/anna");
        user_dirs_add_defaults(dirs, "/home/anna");
        g_assert_cmpstr(g_hash_table_lookup(dirs, "download"), ==, "/home/anna/Herunter geladen");
        g_assert_cmpstr(g_hash_table_lookup(dirs, "music"), ==, "/srv/m\"usic");
        g_assert_null(g_hash_table_lookup(dirs, "desktop"));
        g_assert_cmpstr(g_hash_table_lookup(dirs, "videos"), ==, "/home/anna/Videos");
        g_assert_cmpstr(g_hash_table_lookup(dirs, "pictures"), ==, "/home/anna/Pictures");
        g_assert_cmpstr(g_hash_table_lookup(dirs, "public-share"), ==, "/home/anna/Public");
        g_assert_cmpuint(g_hash_table_size(dirs), ==, 7);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/user-dirs/parse", test_parse);
        return g_test_run();
}
