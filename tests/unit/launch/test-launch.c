/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The whole way, as far as it goes in a program that is not installed: up to the place where the parts are looked for.
 * The rest is the integration suites'. */

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launch/launch.h"
#include "place.h"

static void assert_fails(Place *place, gboolean no_wait, const char *sentence)
{
        LaunchRequest request = { .no_wait = no_wait, .no_daemon = TRUE };
        g_autoptr(GError) error = NULL;
        char id[9] = "unset";

        g_assert_false(launch_run(place->dirs, &request, id, &error));
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED);
        if (strstr(error->message, sentence) == NULL)
                g_error("unexpected: %s", error->message);
        g_assert_cmpstr(id, ==, "unset");
}

static void test_not_installed(gconstpointer data)
{
        g_autoptr(Place) place = place_new();
        g_autofree char *instances = place_path(place, "run/oriel/instances");
        g_autofree char *logs = place_path(place, "home/.local/state/oriel/log");

        /* Detached, the sentence comes by the pipe, whole. */
        assert_fails(place, GPOINTER_TO_INT(data), "is not installed, so its other parts cannot be found\nInstall it");
        g_assert_cmpint(g_access(instances, F_OK), ==, -1);
        g_assert_cmpint(g_access(logs, F_OK), ==, -1);
}

/* What an app may not find missing is there before the first launch. */
static void test_own_directories(void)
{
        static const char *const made[] = { "run/oriel", "home/.config/oriel", "home/.local/share/oriel",
                                            "home/.local/state/oriel" };
        g_autoptr(Place) place = place_new();

        assert_fails(place, FALSE, "is not installed");
        for (gsize i = 0; i < G_N_ELEMENTS(made); i++) {
                g_autofree char *path = place_path(place, made[i]);
                struct stat is = { 0 };

                g_assert_cmpint(stat(path, &is), ==, 0);
                g_assert_cmpint(is.st_mode & 07777, ==, 0700);
        }
}

static void test_untrusted_directory(void)
{
        g_autoptr(Place) place = place_new();
        g_autofree char *path = place_path(place, "home/.config/oriel");

        g_assert_cmpint(g_mkdir_with_parents(path, 0700), ==, 0);
        g_assert_cmpint(g_chmod(path, 0777), ==, 0);
        assert_fails(place, FALSE, "others may write to it");
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_data_func("/launch/not-installed", GINT_TO_POINTER(FALSE), test_not_installed);
        g_test_add_data_func("/launch/not-installed-detached", GINT_TO_POINTER(TRUE), test_not_installed);
        g_test_add_func("/launch/own-directories", test_own_directories);
        g_test_add_func("/launch/untrusted-directory", test_untrusted_directory);
        return g_test_run();
}
