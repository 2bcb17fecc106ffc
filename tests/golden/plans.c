/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every shipped profile planned for every invented host, compared with the text that a person reviewed.  A change of
 * policy is so a difference in a review.
 *
 *      golden-plans DIRECTORY PROFILES EXAMPLES
 *
 * DIRECTORY holds facts files (host1 ...) and plans/HOST/PROFILE, where '/' of a profile's name is ','.  With
 * ORIEL_GOLDEN_WRITE=1 (`./dev golden`) the texts are written anew instead. */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plan/code.h"
#include "plan/print.h"
#include "planner/planner.h"
#include "store/profiles.h"

static const char *const hosts[] = { "host1", "host2" };

typedef struct Golden {
        const char *directory, *prefix, *examples;
        StoreCatalog *catalog;
} Golden;

typedef struct Case {
        const char *host;
        const Golden *golden;
        const StoreEntry *entry; /* or an example, which is a profile by itself */
        char *example;
} Case;

static void case_free(gpointer data)
{
        Case *c = data;

        g_free(c->example);
        g_free(c);
}

static char *read_text(const char *path)
{
        char *text = NULL;
        g_autoptr(GError) error = NULL;

        if (!g_file_get_contents(path, &text, NULL, &error))
                g_error("%s", error->message);
        return text;
}

static HostFacts *read_facts(const Golden *golden, const char *host)
{
        g_autofree char *path = g_build_filename(golden->directory, host, NULL), *text = read_text(path);
        g_autoptr(GError) error = NULL;
        HostFacts *facts = host_facts_parse(text, strlen(text), host, &error);

        g_assert_no_error(error);
        return facts;
}

/* The plan, or the error that says why there is none. */
static char *plan_text(const Golden *golden, const HostFacts *facts, const StoreProfile *profile)
{
        static const char *const shell[] = { "sh", NULL };
        g_autoptr(GError) error = NULL;
        g_autofree char *label = NULL;
        g_autofree char *tree = store_profile_read_tree(golden->catalog, profile, &label, &error);
        g_autofree char *data_dir = g_build_filename(facts->oriel_data, "apps", profile->data_key, "home", NULL);
        PlanRequest request = {
                .profile = profile->profile,
                .id = "00000000",
                .app_id = profile->app_id,
                .data_dir = data_dir,
                .profile_dir = "/usr/share/oriel/profiles",
                .argv = profile_get_string(profile->profile, PROFILE_APPLICATION_COMMAND) == NULL ? shell : NULL,
                .template_text = tree,
                .template_label = label,
                .wait = TRUE,
        };
        CLEANUP(plan_freep) Plan *plan = NULL, *again = NULL;
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT, bytes = BUFFER_INIT;

        g_assert_no_error(error);
        plan = planner_plan(&request, facts, &error);
        if (plan == NULL) {
                g_autoptr(GString) why = g_string_new(error->message);

                g_string_replace(why, golden->prefix, "PREFIX", 0);
                return g_strdup_printf("refused: %s\n", why->str);
        }
        /* What the engine gets is what is shown. */
        plan_encode(plan, &bytes);
        g_assert_cmpint(plan_decode(&again, NULL, bytes.bytes, bytes.n), ==, 0);
        plan_print(again, &text);
        return g_strdup(buffer_text(&text));
}

/* An example stands alone: no base block is below it, and no place on this machine is in it. */
static StoreProfile *load_example(const Case *c)
{
        g_autofree char *path = g_build_filename(c->golden->examples, c->example, NULL), *text = read_text(path);
        g_autoptr(GError) error = NULL;
        StoreProfile *profile = g_new0(StoreProfile, 1);

        profile->profile = profile_parse(text, strlen(text), c->example, &error);
        g_assert_no_error(error);
        profile->app_id = g_strdup(profile_get_string(profile->profile, PROFILE_APPLICATION_NAME));
        profile->data_key = g_strdup(profile->app_id);
        return profile;
}

static StoreProfile *load(const Case *c, const HostFacts *facts)
{
        StoreProfileRequest request = { .entry = c->entry, .cwd = facts->cwd, .home = facts->home };
        g_autoptr(GError) error = NULL;
        StoreProfile *profile =
                c->example != NULL ? load_example(c) : store_profile_load(c->golden->catalog, &request, &error);

        g_assert_no_error(error);
        return profile;
}

static void test_case(gconstpointer data)
{
        const Case *c = data;
        g_autoptr(HostFacts) facts = read_facts(c->golden, c->host);
        g_autoptr(StoreProfile) profile = load(c, facts);
        g_autofree char *name = c->example == NULL ? g_strdelimit(g_strdup(c->entry->name), "/", ',')
                                                   : g_strconcat("examples,", c->example, NULL);
        g_autofree char *path = g_build_filename(c->golden->directory, "plans", c->host, name, NULL);
        g_autofree char *text = plan_text(c->golden, facts, profile), *want = NULL;

        if (g_getenv("ORIEL_GOLDEN_WRITE") != NULL) {
                g_autofree char *parent = g_path_get_dirname(path);

                g_assert_cmpint(g_mkdir_with_parents(parent, 0755), ==, 0);
                g_assert_true(g_file_set_contents(path, text, -1, NULL));
                return;
        }
        want = read_text(path);
        if (!g_str_equal(text, want)) {
                g_test_message("%s differs; ./dev golden writes it anew.  It is now:\n%s", path, text);
                g_test_fail();
        }
}

/* No text is left of a profile that is gone. */
static void test_no_strays(gconstpointer data)
{
        const Golden *golden = data;

        for (gsize h = 0; h < G_N_ELEMENTS(hosts); h++) {
                g_autofree char *path = g_build_filename(golden->directory, "plans", hosts[h], NULL);
                g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
                const char *name;

                g_assert_nonnull(directory);
                while ((name = g_dir_read_name(directory)) != NULL) {
                        g_autofree char *profile = g_strdelimit(g_strdup(name), ",", '/');
                        gboolean found = FALSE;

                        for (guint i = 0; i < store_catalog_size(golden->catalog) && !found; i++)
                                found = g_str_equal(store_catalog_get(golden->catalog, i)->name, profile);
                        if (g_str_has_prefix(name, "examples,")) {
                                g_autofree char *example =
                                        g_build_filename(golden->examples, name + strlen("examples,"), NULL);

                                found = g_file_test(example, G_FILE_TEST_EXISTS);
                        }
                        if (!found)
                                g_test_message("%s/%s is of no profile", path, name);
                        g_assert_true(found);
                }
        }
}

/* A prefix as after an installation, of links into the source tree. */
static const char *const parts[] = { "agents", "apps", "base", "trees" };

static char *make_prefix(const char *top, const char *profiles)
{
        char *prefix = g_build_filename(top, "prefix", NULL);
        g_autofree char *below = g_build_filename(prefix, "share/oriel/profiles", NULL);

        g_assert_cmpint(g_mkdir_with_parents(below, 0755), ==, 0);
        for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
                g_autofree char *link = g_build_filename(below, parts[i], NULL);
                g_autofree char *target = g_build_filename(profiles, parts[i], NULL);

                g_assert_cmpint(symlink(target, link), ==, 0);
        }
        return prefix;
}

static void remove_prefix(const char *top, const char *prefix)
{
        static const char *const below[] = { "share/oriel/profiles", "share/oriel", "share", "" };

        for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
                g_autofree char *link = g_build_filename(prefix, below[0], parts[i], NULL);

                (void)g_remove(link);
        }
        for (gsize i = 0; i < G_N_ELEMENTS(below); i++) {
                g_autofree char *path = g_build_filename(prefix, below[i], NULL);

                (void)g_remove(path);
        }
        (void)g_rmdir(top);
}

static void add_examples(const Golden *golden, GPtrArray *cases)
{
        g_autoptr(GDir) directory = g_dir_open(golden->examples, 0, NULL);
        const char *name;

        g_assert_nonnull(directory);
        while ((name = g_dir_read_name(directory)) != NULL)
                for (gsize h = 0; h < G_N_ELEMENTS(hosts); h++) {
                        g_autofree char *path = g_strdup_printf("/plans/%s/examples/%s", hosts[h], name);
                        Case *c = g_new0(Case, 1);

                        *c = (Case){ .host = hosts[h], .golden = golden, .example = g_strdup(name) };
                        g_ptr_array_add(cases, c);
                        g_test_add_data_func(path, c, test_case);
                }
}

int main(int argc, char **argv)
{
        g_autofree char *top = g_dir_make_tmp("golden-XXXXXX", NULL), *prefix = NULL;
        g_autoptr(StoreDirs) dirs = NULL;
        g_autoptr(StoreCatalog) catalog = NULL;
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray) cases = g_ptr_array_new_with_free_func(case_free);
        Golden golden = { 0 };
        StoreEnvironment environment = { .uid = getuid(), .home = top, .run_user = top };
        int status;

        g_test_init(&argc, &argv, NULL);
        g_assert_cmpint(argc, ==, 4);
        prefix = make_prefix(top, argv[2]);
        dirs = store_dirs_new(&environment, &error);
        g_assert_no_error(error);
        catalog = store_catalog_new(dirs, NULL, prefix, &error);
        g_assert_no_error(error);
        golden = (Golden){ .directory = argv[1], .prefix = prefix, .examples = argv[3], .catalog = catalog };
        add_examples(&golden, cases);
        for (gsize h = 0; h < G_N_ELEMENTS(hosts); h++)
                for (guint i = 0; i < store_catalog_size(catalog); i++) {
                        const StoreEntry *entry = store_catalog_get(catalog, i);
                        g_autofree char *path = g_strdup_printf("/plans/%s/%s", hosts[h], entry->name);
                        Case *c = g_new0(Case, 1);

                        *c = (Case){ .host = hosts[h], .golden = &golden, .entry = entry };
                        g_ptr_array_add(cases, c);
                        g_test_add_data_func(path, c, test_case);
                }
        if (g_getenv("ORIEL_GOLDEN_WRITE") == NULL)
                g_test_add_data_func("/plans/no-strays", &golden, test_no_strays);
        g_assert_cmpuint(cases->len, >, 0);
        status = g_test_run();
        remove_prefix(top, prefix);
        return status;
}
