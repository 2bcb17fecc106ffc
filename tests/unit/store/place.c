/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "place.h"

#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

char *place_path(const Place *place, const char *path)
{
        return g_build_filename(place->top, path, NULL);
}

void place_reopen(Place *place)
{
        g_autoptr(GError) error = NULL;

        g_clear_pointer(&place->dirs, store_dirs_free);
        place->dirs = store_dirs_new(&place->environment, &error);
        g_assert_no_error(error);
}

Place *place_new(void)
{
        Place *place = g_new0(Place, 1);
        g_autoptr(GError) error = NULL;
        g_autofree char *top = g_dir_make_tmp("oriel-store-XXXXXX", &error);

        g_assert_no_error(error);
        place->top = g_canonicalize_filename(top, NULL);
        place->home = place_path(place, "home");
        place->run = place_path(place, "run");
        place->etc = place_path(place, "etc");
        place->prefix = place_path(place, "prefix");
        g_assert_cmpint(g_mkdir_with_parents(place->home, 0700), ==, 0);
        g_assert_cmpint(g_mkdir_with_parents(place->run, 0700), ==, 0);
        place->environment = (StoreEnvironment){ .uid = geteuid(),
                                                 .home = place->home,
                                                 .xdg_runtime_dir = place->run,
                                                 .xdg_data_dirs = place->prefix,
                                                 .run_user = place->top };
        place_reopen(place);
        return place;
}

static int remove_one(const char *path, const struct stat *is, int type, struct FTW *walk)
{
        (void)is;
        (void)type;
        (void)walk;
        return remove(path);
}

void place_free(Place *place)
{
        store_dirs_free(place->dirs);
        g_assert_cmpint(nftw(place->top, remove_one, 16, FTW_DEPTH | FTW_PHYS), ==, 0);
        g_free(place->top);
        g_free(place->home);
        g_free(place->run);
        g_free(place->etc);
        g_free(place->prefix);
        g_free(place);
}

void place_write(const Place *place, const char *path, const char *text)
{
        g_autofree char *full = place_path(place, path), *above = g_path_get_dirname(full);
        g_autoptr(GError) error = NULL;

        g_assert_cmpint(g_mkdir_with_parents(above, 0700), ==, 0);
        g_file_set_contents(full, text, -1, &error);
        g_assert_no_error(error);
}
