/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "place.h"
#include "store/grants.h"

#define FILE_PATH "home/.local/share/oriel/grants/org.x.X/apps,x/@default"
#define KEY "org.x.X/apps,x/@default"

static const struct Row {
        const char *path, *rule;
        gboolean granted;
} rows[] = {
        { "/grants/bus-call", "[Session Bus Rules] org.freedesktop.portal.Desktop=call:org.freedesktop.portal.Camera.*",
          TRUE },
        { "/grants/system-bus", "[System Bus Rules] org.freedesktop.UPower=deny", TRUE },
        { "/grants/network", "[Network] allow=example.org:443", TRUE },
        { "/grants/clipboard", "[Display] clipboard=both", TRUE },
        { "/grants/files", "[Context] filesystems=home", FALSE },
        { "/grants/devices", "[Context] devices=all", FALSE },
        { "/grants/protect", "[Files] protect=!git", FALSE },
        { "/grants/mode", "[Display] mode=host", FALSE },
        { "/grants/net-mode", "[Network] mode=host", FALSE },
        { "/grants/policy", "[Session Bus Policy] org.x.Y=own", FALSE },
        { "/grants/nested", "[Oriel] nested=yes", FALSE },
        { "/grants/oriel", "[Session Bus Rules] org.oriel.Sandbox1=call:*", FALSE },
        { "/grants/oriel-itself", "[Session Bus Rules] org.Oriel=call:*", FALSE },
        { "/grants/bad-value", "[Display] clipboard=perhaps", FALSE },
        { "/grants/bad-host", "[Network] allow=not a host", FALSE },
        { "/grants/newline", "[Network] allow=a.org\n[Context]\nfilesystems=host", FALSE },
        { "/grants/tab", "[Network] allow=a.org\tx", FALSE },
        { "/grants/no-group", "allow=a.org", FALSE },
        { "/grants/no-key", "[Network] =a.org", FALSE },
        { "/grants/empty", "", FALSE },
};

static void test_row(const void *data)
{
        const struct Row *row = data;
        g_autoptr(Place) place = place_new();
        g_autofree char *file = place_path(place, FILE_PATH);
        g_autoptr(Grant) grant = grant_new("May it?", 1, row->rule);
        g_autoptr(GError) error = NULL;

        g_assert_true(store_grants_add(place->dirs, KEY, grant, &error) == row->granted);
        g_assert_true((error == NULL) == row->granted);
        g_assert_true(g_file_test(file, G_FILE_TEST_EXISTS) == row->granted);
}

static void add(Place *place, const char *question, gint64 time, const char *rule)
{
        g_autoptr(Grant) grant = grant_new(question, time, rule);
        g_autoptr(GError) error = NULL;

        g_assert_true(store_grants_add(place->dirs, KEY, grant, &error));
        g_assert_no_error(error);
}

static void test_round(void)
{
        g_autoptr(Place) place = place_new();
        g_autoptr(GPtrArray) grants = NULL;
        g_autoptr(GError) error = NULL;
        g_autofree char *file = place_path(place, FILE_PATH);
        const Grant *first = NULL, *second = NULL;
        struct stat is = { 0 };

        add(place, "a\tquestion\nwith \033[2J", 10, "[Network] allow=a.org");
        add(place, "another", 11, "[Network] allow=b.org");
        add(place, "the first again", 12, "[Network] allow=a.org");
        g_assert_cmpint(stat(file, &is), ==, 0);
        g_assert_cmpint(is.st_mode & 07777, ==, 0600);
        grants = store_grants_read(place->dirs, KEY, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(grants->len, ==, 2);
        first = grants->pdata[0];
        second = grants->pdata[1];
        g_assert_cmpstr(first->rule, ==, "[Network] allow=b.org");
        g_assert_cmpstr(second->question, ==, "the first again");
        g_assert_cmpint(second->time, ==, 12);

        g_assert_true(store_grants_remove(place->dirs, KEY, "[Network] allow=b.org", &error));
        g_assert_false(store_grants_remove(place->dirs, KEY, "[Network] allow=b.org", &error));
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND);
}

/* A question is kept as it was shown, and escaped once only. */
static void test_question(void)
{
        g_autoptr(Place) place = place_new();
        g_autoptr(GPtrArray) grants = NULL;

        add(place, "back\\slash\tand\nline", 10, "[Network] allow=a.org");
        add(place, "x", 10, "[Network] allow=b.org");
        grants = store_grants_read(place->dirs, KEY, NULL);
        g_assert_cmpstr(((const Grant *)grants->pdata[0])->question, ==, "back\\\\slash\\x09and\\x0aline");
}

static void test_refused_files(void)
{
        static const char *const bad[] = { "", "x", "# Oriel\n", "1\trule\tquestion\n", "no first line\n1\ta\tb\n" };
        g_autoptr(Place) place = place_new();
        g_autofree char *file = place_path(place, FILE_PATH);

        for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
                g_autoptr(GError) error = NULL;

                place_write(place, FILE_PATH, bad[i]);
                g_assert_null(store_grants_read(place->dirs, KEY, &error));
                g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID);
        }
        g_assert_cmpint(unlink(file), ==, 0);
        g_assert_cmpint(mkfifo(file, 0600), ==, 0);
        g_assert_null(store_grants_read(place->dirs, KEY, NULL));
}

static void test_broken_line(void)
{
        g_autoptr(Place) place = place_new();
        g_autofree char *file = place_path(place, FILE_PATH), *text = NULL, *more = NULL;
        g_autoptr(GError) error = NULL;

        add(place, "x", 10, "[Network] allow=a.org");
        g_assert_true(g_file_get_contents(file, &text, NULL, NULL));
        more = g_strconcat(text, "12\tonly two\n", NULL);
        g_assert_true(g_file_set_contents(file, more, -1, NULL));
        g_assert_null(store_grants_read(place->dirs, KEY, &error));
        g_assert_nonnull(strstr(error->message, "@default:3:"));
}

/* A rule written into the file by hand says no more than one that was answered. */
static void test_planted_rule(void)
{
        g_autoptr(GPtrArray) grants = g_ptr_array_new_with_free_func((GDestroyNotify)grant_free);
        g_autoptr(Profile) under = profile_new(), layer = NULL;
        g_autoptr(GError) error = NULL;

        g_ptr_array_add(grants, grant_new("x", 1, "[Context] filesystems=host"));
        layer = store_grants_layer(grants, under, "LABEL", &error);
        g_assert_null(layer);
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_DENIED);
        g_assert_nonnull(strstr(error->message, "LABEL:2:"));
}

static void test_layer(void)
{
        static const char below[] =
                "[Session Bus Rules]\norg.a.A=ask;call:org.a.A.One;ask:org.a.A.Two;ask:org.a.A.Three\n";
        g_autoptr(GPtrArray) grants = g_ptr_array_new_with_free_func((GDestroyNotify)grant_free);
        g_autoptr(Profile) under = profile_parse(below, strlen(below), "under", NULL), layer = NULL;
        g_autoptr(GError) error = NULL;

        g_ptr_array_add(grants, grant_new("x", 1, "[Session Bus Rules] org.a.A=call:org.a.A.Two"));
        g_ptr_array_add(grants, grant_new("x", 1, "[Network] allow=a.org"));
        g_ptr_array_add(grants, grant_new("x", 1, "[Session Bus Rules] org.a.A=call:org.a.A.Four"));
        layer = store_grants_layer(grants, under, "LABEL", &error);
        g_assert_no_error(error);
        g_assert_cmpstr(profile_map_get(layer, PROFILE_MAP_SESSION_RULES, "org.a.A"), ==,
                        "ask;call:org.a.A.One;ask:org.a.A.Three;call:org.a.A.Two;call:org.a.A.Four");
        g_assert_cmpuint(profile_origin(layer, PROFILE_NETWORK_ALLOW, 0).line, ==, 3);
}

static void test_never(void)
{
        static const char *const pairs[][2] = {
                { "[Session Bus Rules] org.a.A=call:org.a.A.Two", "[Session Bus Rules] org.a.A=deny:org.a.A.Two" },
                { "[System Bus Rules] org.a.A.*=call:i.j.M", "[System Bus Rules] org.a.A.*=deny:i.j.M" },
                { "[Network] allow=a.org:443", "[Network] deny=a.org:443" },
                { "[Session Bus Rules] org.a.A=talk", NULL },
                { "[Display] clipboard=both", NULL },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
                g_autofree char *never = store_grant_never(pairs[i][0]);

                g_assert_cmpstr(never, ==, pairs[i][1]);
                g_assert_true(never == NULL || store_grant_check(never, NULL));
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        g_test_add_func("/grants/round", test_round);
        g_test_add_func("/grants/question", test_question);
        g_test_add_func("/grants/refused-files", test_refused_files);
        g_test_add_func("/grants/broken-line", test_broken_line);
        g_test_add_func("/grants/planted-rule", test_planted_rule);
        g_test_add_func("/grants/layer", test_layer);
        g_test_add_func("/grants/never", test_never);
        return g_test_run();
}
