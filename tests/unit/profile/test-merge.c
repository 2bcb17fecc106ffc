/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "profile/profile.h"

static Profile *parse(const char *text, const char *label)
{
        g_autoptr(GError) error = NULL;
        Profile *profile = profile_parse(text, strlen(text), label, &error);

        g_assert_no_error(error);
        return profile;
}

#define C(list) "[Context]\n" list "\n"

static const struct Row {
        const char *path, *lower, *upper, *want;
} rows[] = {
        { "/merge/string", "[Application]\ncommand=a\n", "[Application]\ncommand=b\n", "[Application]\ncommand=b\n" },
        { "/merge/unset", "[Application]\ncommand=a\n", "", "[Application]\ncommand=a\n" },
        { "/merge/choice-to-default", "[Oriel]\nnested=yes\n", "[Oriel]\nnested=no\n", "[Oriel]\nnested=no\n" },
        { "/merge/list-adds", C("shared=ipc"), C("shared=network;ipc"), C("shared=network;ipc") },
        { "/merge/list-empty", C("shared=ipc"), C("shared="), C("shared=ipc") },
        { "/merge/negated", C("sockets=x11;wayland"), C("sockets=!x11"), C("sockets=wayland;!x11") },
        { "/merge/given-again", C("sockets=!x11"), C("sockets=x11"), C("sockets=x11") },
        { "/merge/condition-narrows", C("sockets=x11"), C("sockets=if:x11:false"), C("sockets=if:x11:false") },
        { "/merge/conditions-add", C("sockets=if:x11:has-wayland"), C("sockets=x11;if:x11:false"),
          C("sockets=if:x11:has-wayland;if:x11:false") },
        { "/merge/condition-after-negation", C("sockets=x11"), C("sockets=!x11;if:x11:true"),
          C("sockets=!x11;if:x11:true") },
        { "/merge/word-ends-conditions", C("sockets=if:x11:false"), C("sockets=x11"), C("sockets=x11") },
        { "/merge/filesystem-mode", C("filesystems=~/a"), C("filesystems=~/a:ro"), C("filesystems=~/a:ro") },
        { "/merge/filesystem-negated", C("filesystems=home:ro"), C("filesystems=!~"), C("filesystems=!home") },
        { "/merge/filesystem-below", C("filesystems=home"), C("filesystems=!~/.ssh"), C("filesystems=home;!~/.ssh") },
        { "/merge/filesystem-colon", C("filesystems=/a\\\\:b"), C("filesystems=/a"), C("filesystems=/a\\\\:b;/a") },
        { "/merge/reset", C("filesystems=home;host:ro;/a"), C("filesystems=~/b;!host:reset"),
          C("filesystems=~/b;!host:reset") },
        { "/merge/reset-below", C("filesystems=!host:reset"), C("filesystems=host"),
          C("filesystems=!host:reset;host") },
        { "/merge/rule-negated", "[Network]\nallow=a.b;c.d\n", "[Network]\nallow=!A.B\n",
          "[Network]\nallow=c.d;!a.b\n" },
        { "/merge/map", "[Session Bus Policy]\na.b=talk\nc.d=own\n", "[Session Bus Policy]\na.b=none\ne.f=see\n",
          "[Session Bus Policy]\na.b=none\nc.d=own\ne.f=see\n" },
        { "/merge/variable-unset", "[Environment]\nA=1\nB=2\n", C("unset-environment=A"),
          C("unset-environment=A") "\n[Environment]\nB=2\n" },
        { "/merge/variable-set", C("unset-environment=A;B"), "[Environment]\nA=1\n",
          C("unset-environment=B") "\n[Environment]\nA=1\n" },
        { "/merge/other-groups", "[X-a]\nk=1\n[X-b]\nk=2\n", "[X-a]\nj=3\n", "[X-a]\nk=1\nj=3\n\n[X-b]\nk=2\n" },
};

static void test_row(const void *data)
{
        const struct Row *row = data;
        g_autoptr(Profile) lower = parse(row->lower, "lower"), upper = parse(row->upper, "upper"), copy = NULL;
        g_autofree char *text = NULL;

        profile_merge(lower, upper);
        text = profile_print(lower, FALSE);
        g_assert_cmpstr(text, ==, row->want);
        copy = profile_copy(lower);
        g_assert_true(profile_equal(copy, lower));
}

static void assert_origin(ProfileOrigin origin, const char *file, guint line)
{
        g_assert_cmpstr(origin.file, ==, file);
        g_assert_cmpuint(origin.line, ==, line);
}

static void test_origins(void)
{
        g_autoptr(Profile) profile = parse("[Context]\nshared=ipc\n[Environment]\n\nA=1\n", "lower");
        g_autofree char *text = NULL;
        g_autoptr(GError) error = NULL;

        {
                g_autoptr(Profile) upper = parse("#\n[Context]\n\nshared=network\n[Oriel]\nnested=yes\n", "up\nper");

                profile_merge(profile, upper);
        }
        g_assert_true(profile_set(profile, PROFILE_DISPLAY_MODE, "xephyr", "--display", &error));
        assert_origin(profile_origin(profile, PROFILE_CONTEXT_SHARED, 0), "lower", 2);
        assert_origin(profile_origin(profile, PROFILE_CONTEXT_SHARED, 1), "up\nper", 4);
        assert_origin(profile_origin(profile, PROFILE_CONTEXT_SHARED, 2), "default", 0);
        assert_origin(profile_origin(profile, PROFILE_ORIEL_NESTED, 0), "up\nper", 6);
        assert_origin(profile_origin(profile, PROFILE_ORIEL_TREE, 0), "default", 0);
        assert_origin(profile_map_origin(profile, PROFILE_MAP_ENVIRONMENT, 0), "lower", 5);
        text = profile_print(profile, TRUE);
        g_assert_cmpstr(text, ==,
                        "[Context]\n# lower:2\n# up\\x0aper:4\nshared=ipc;network\n\n"
                        "[Oriel]\n# up\\x0aper:6\nnested=yes\n\n"
                        "[Display]\n# --display\nmode=xephyr\n\n"
                        "[Environment]\n# lower:5\nA=1\n");
}

static void test_defaults(void)
{
        g_autoptr(Profile) profile = profile_new();

        g_assert_false(profile_is_set(profile, PROFILE_ORIEL_NESTED));
        g_assert_cmpstr(profile_get_string(profile, PROFILE_ORIEL_NESTED), ==, "no");
        g_assert_cmpuint(profile_get_choice(profile, PROFILE_ORIEL_NESTED), ==, 0);
        g_assert_cmpstr(profile_get_string(profile, PROFILE_FILES_HOME), ==, "tmp");
        g_assert_null(profile_get_string(profile, PROFILE_APPLICATION_NAME));
        g_assert_null(profile_get_list(profile, PROFILE_CONTEXT_SOCKETS)[0]);
        g_assert_cmpuint(profile_map_size(profile, PROFILE_MAP_ENVIRONMENT), ==, 0);
        g_assert_null(profile_map_get(profile, PROFILE_MAP_ENVIRONMENT, "A"));
        /* Every row of the table has a help, and words or a form. */
        for (ProfileKey key = 0; key < _PROFILE_KEY_MAX; key++) {
                const ProfileKeyInfo *info = profile_key_info(key);

                g_assert_nonnull(info->help);
                g_assert_true((info->words != NULL) != (info->form != NULL));
                g_assert_true(profile_key_lookup(info->group, info->key) == info);
        }
        g_assert_null(profile_key_lookup("Oriel", "name"));
}

static gboolean holds(const char *condition, gconstpointer data)
{
        g_assert_true(g_str_has_prefix(condition, "has-"));
        return g_str_equal(condition, data);
}

static void test_conditions(void)
{
        static const struct {
                const char *entries, *host;
                gboolean granted;
        } cases[] = {
                { "x11", "has-wayland", TRUE },
                { "!x11", "has-wayland", FALSE },
                { "if:x11:has-wayland", "has-wayland", TRUE },
                { "if:x11:!has-wayland", "has-wayland", FALSE },
                { "if:x11:!has-wayland", "has-usb-portal", TRUE },
                { "if:x11:true", "", TRUE },
                { "if:x11:!true", "", FALSE },
                { "if:x11:!false", "", TRUE },
                { "if:x11:has-magic", "has-magic", FALSE },
                { "if:x11:!has-magic", "", FALSE },
                { "if:x11:false;if:x11:has-wayland", "has-wayland", TRUE },
                { "if:wayland:true", "has-wayland", FALSE },
        };

        for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autofree char *text = g_strdup_printf("[Context]\nsockets=%s\n", cases[i].entries);
                g_autoptr(Profile) profile = parse(text, "p");

                g_test_message("%s", cases[i].entries);
                g_assert_true(profile_has_word_if(profile, PROFILE_CONTEXT_SOCKETS, "x11", holds, cases[i].host) ==
                              cases[i].granted);
        }
}

static void test_options(void)
{
        static const struct {
                ProfileKey key;
                const char *text, *want, *error; /* want: the whole profile */
        } cases[] = {
                { PROFILE_CONTEXT_SOCKETS, "x11", "[Context]\nsockets=x11\n", NULL },
                { PROFILE_CONTEXT_SOCKETS, "!x11", "[Context]\nsockets=!x11\n", NULL },
                { PROFILE_CONTEXT_SOCKETS, "x12", NULL, "--x: sockets: Unknown word \"x12\"; did you mean \"x11\"?" },
                { PROFILE_CONTEXT_FILESYSTEMS, "~/a\\;b:ro;/c\\:d", "[Context]\nfilesystems=~/a\\;b:ro;/c\\\\:d\n",
                  NULL },
                { PROFILE_CONTEXT_FILESYSTEMS, "a\x1b", NULL, "--x: filesystems: A control character" },
                { PROFILE_CONTEXT_FILESYSTEMS, "\xff", NULL, "--x: filesystems: Not valid UTF-8" },
                { PROFILE_APPLICATION_COMMAND, "a;b", "[Application]\ncommand=a;b\n", NULL },
                { PROFILE_APPLICATION_COMMAND, "a/b", NULL,
                  "--x: command: Not a program's name or absolute path: \"a/b\"" },
        };

        for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autoptr(Profile) profile = profile_new();
                g_autoptr(GError) error = NULL;
                g_autofree char *text = NULL;
                gboolean ok = profile_set(profile, cases[i].key, cases[i].text, "--x", &error);

                text = profile_print(profile, FALSE);
                g_assert_true(ok == (cases[i].error == NULL));
                g_assert_cmpstr(text, ==, ok ? cases[i].want : "");
                g_assert_cmpstr(error != NULL ? error->message : NULL, ==, cases[i].error);
        }
}

static void test_map_options(void)
{
        g_autoptr(Profile) profile = parse(C("unset-environment=A"), "p");
        g_autoptr(GError) error = NULL;
        g_autofree char *text = NULL;

        g_assert_true(profile_set_in_map(profile, PROFILE_MAP_ENVIRONMENT, "A", "\n1", "--env", &error));
        g_assert_true(profile_set_in_map(profile, PROFILE_MAP_SESSION_RULES, "a.b", "inner;ask:*", "--x", &error));
        g_assert_no_error(error);
        text = profile_print(profile, FALSE);
        g_assert_cmpstr(text, ==,
                        "[Context]\nunset-environment=\n\n[Environment]\nA=\\n1\n\n"
                        "[Session Bus Rules]\na.b=inner;ask:*\n");
        g_assert_false(profile_set_in_map(profile, PROFILE_MAP_ENVIRONMENT, "A=B", "1", "--env", &error));
        g_assert_cmpstr(error->message, ==, "--env: A=B: Not the name of an environment variable: \"A=B\"");
        g_clear_error(&error);
        g_assert_false(profile_set_in_map(profile, PROFILE_MAP_SESSION_POLICY, "a.b", "talks", "--x", &error));
        g_assert_cmpstr(error->message, ==, "--x: a.b: Unknown word \"talks\"; did you mean \"talk\"?");
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        g_test_add_func("/merge/origins", test_origins);
        g_test_add_func("/merge/defaults", test_defaults);
        g_test_add_func("/merge/conditions", test_conditions);
        g_test_add_func("/merge/options", test_options);
        g_test_add_func("/merge/map-options", test_map_options);
        return g_test_run();
}
