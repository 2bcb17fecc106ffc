/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From words to a plan.  The order is forced: the basics of the host (working directory, home) are needed to find the
 * profile, the profile to know what else to ask the host, and both to plan. */

#include "launch/prepare.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/i18n.h"
#include "facts/facts.h"
#include "ids/instance-id.h"
#include "planner/planner.h"
#include "store/text.h"

#define SYSTEM_DIR "/etc/oriel"
#define DEFAULT_PROFILE "base/strict"

void launch_free(Launch *launch)
{
        if (launch == NULL)
                return;
        g_clear_pointer(&launch->plan, plan_free);
        g_clear_pointer(&launch->profile, store_profile_free);
        g_clear_pointer(&launch->own_facts, host_facts_free);
        g_clear_pointer(&launch->catalog, store_catalog_free);
        g_free(launch->prefix);
        g_free(launch);
}

static const StoreEntry *
find_entry(StoreCatalog *catalog, const LaunchRequest *request, const char *cwd, GError **error)
{
        if (request->profile != NULL)
                return store_catalog_find_profile(catalog, request->profile, cwd, error);
        if (request->app != NULL)
                return store_catalog_find_app(catalog, request->app, cwd, error);
        return store_catalog_find_profile(catalog, DEFAULT_PROFILE, cwd, error);
}

/* The command line of the app, NULL-terminated; NULL: the profile's own command alone. */
static GPtrArray *make_argv(const Launch *launch, const LaunchRequest *request, GError **error)
{
        g_autoptr(GPtrArray) argv = g_ptr_array_new();
        const char *command = profile_get_string(launch->profile->profile, PROFILE_APPLICATION_COMMAND);
        gboolean whole = request->app == NULL && request->argv != NULL; /* all of it came after "--" */

        for (char **word = launch->profile->program; !whole && word != NULL && *word != NULL; word++)
                g_ptr_array_add(argv, *word);
        if (!whole && argv->len == 0) {
                if (command == NULL || *command == '\0') {
                        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_USAGE,
                                    _("%s: the profile has no command=\nName one: oriel run --profile %s -- COMMAND"),
                                    launch->profile->label, launch->profile->label);
                        return NULL;
                }
                g_ptr_array_add(argv, (gpointer)command);
        }
        for (gsize i = 0; request->argv != NULL && request->argv[i] != NULL; i++)
                g_ptr_array_add(argv, (gpointer)request->argv[i]);
        g_ptr_array_add(argv, NULL);
        return g_steal_pointer(&argv);
}

static HostFacts *gather_basics(const StoreDirs *dirs, const char *prefix)
{
        HostFacts *facts = facts_gather_basics((const char *const *)environ, store_dirs_witnesses(dirs));
        struct {
                char **field;
                const char *value;
        } own[] = {
                { &facts->oriel_config, store_dirs_path(dirs, STORE_DIR_CONFIG) },
                { &facts->oriel_data, store_dirs_path(dirs, STORE_DIR_DATA) },
                { &facts->oriel_state, store_dirs_path(dirs, STORE_DIR_STATE) },
                { &facts->oriel_runtime, store_dirs_path(dirs, STORE_DIR_RUNTIME) },
                { &facts->prefix, prefix },
        };

        for (gsize i = 0; i < G_N_ELEMENTS(own); i++) {
                g_free(*own[i].field);
                *own[i].field = g_strdup(own[i].value);
        }
        return facts;
}

static void gather_wanted(Launch *launch, const PlanRequest *request)
{
        g_autoptr(PlannerWants) wants = planner_wants(request, launch->own_facts);

        facts_gather_wanted(launch->own_facts, wants, (const char *const *)environ, store_dirs_witnesses(launch->dirs));
}

static Plan *make_plan(Launch *launch, const LaunchRequest *request, const char *id, gboolean gather, GError **error)
{
        g_autoptr(GPtrArray) argv = make_argv(launch, request, error);
        g_autofree char *label = NULL;
        g_autofree char *tree =
                argv != NULL ? store_profile_read_tree(launch->catalog, launch->profile, &label, error) : NULL;
        /* An invented host's data lies in its own directories. */
        g_autofree char *invented =
                request->facts != NULL && launch->facts->oriel_data != NULL
                        ? g_build_filename(launch->facts->oriel_data, "apps", launch->profile->data_key, "home", NULL)
                        : NULL;
        PlanRequest wanted = {
                .profile = launch->profile->profile,
                .id = id,
                .app_id = launch->profile->app_id,
                .data_dir = invented != NULL ? invented : launch->profile->data_dir,
                .profile_dir = launch->profile->profile_dir,
                .cwd = request->cwd,
                .template_text = tree,
                .template_label = label,
                .wait = !request->no_wait,
                .learn = request->learn,
                .learn_ask = request->learn_ask,
        };

        if (tree == NULL)
                return NULL;
        wanted.argv = (const char *const *)argv->pdata;
        if (gather)
                gather_wanted(launch, &wanted);
        return planner_plan(&wanted, launch->facts, error);
}

Plan *launch_plan_again(Launch *launch, const LaunchRequest *request, const char *id, GError **error)
{
        return make_plan(launch, request, id, FALSE, error);
}

Launch *launch_plan_for(StoreDirs *dirs, const LaunchRequest *request, const char *id, GError **error)
{
        g_autoptr(Launch) launch = g_new0(Launch, 1);
        StoreProfileRequest wanted = { .overlay = request->overlay, .instance = request->instance };

        g_strlcpy(launch->id, id != NULL ? id : INSTANCE_ID_NONE, sizeof launch->id);
        launch->dirs = dirs;
        launch->prefix = store_prefix(error);
        if (launch->prefix == NULL)
                return NULL;
        if (request->facts == NULL)
                launch->own_facts = gather_basics(dirs, launch->prefix);
        launch->facts = request->facts != NULL ? request->facts : launch->own_facts;

        launch->catalog = store_catalog_new(dirs, SYSTEM_DIR, launch->prefix, error);
        if (launch->catalog == NULL)
                return NULL;
        wanted.cwd = launch->facts->cwd != NULL ? launch->facts->cwd : "/";
        wanted.home = launch->facts->home;
        wanted.entry = find_entry(launch->catalog, request, wanted.cwd, error);
        if (wanted.entry == NULL)
                return NULL;
        launch->profile = store_profile_load(launch->catalog, &wanted, error);
        if (launch->profile != NULL)
                launch->plan = make_plan(launch, request, launch->id, launch->own_facts != NULL, error);
        return launch->plan != NULL ? g_steal_pointer(&launch) : NULL;
}
