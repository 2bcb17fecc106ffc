/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `oriel run`. */

#include "cli/run.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/i18n.h"
#include "cache/key.h"
#include "cli/command.h"
#include "cli/plan-view.h"
#include "cli/report.h"
#include "cli/request.h"
#include "launch/launch.h"
#include "session/client.h"

/* Four lines, on stderr: stdout is the app's. */
static bool print_intro(const Cli *cli, const LaunchRequest *request, GError **error)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        g_autoptr(Launch) launch = launch_plan_for(cli->dirs, request, NULL, error);

        if (launch == NULL)
                return false;
        plan_view_intro(launch->plan, &text);
        fputs(buffer_text(&text) != NULL ? buffer_text(&text) : "", stderr);
        return true;
}

static void print_warnings(const Cli *cli)
{
        if (store_dirs_warning(cli->dirs) != NULL)
                report_line(store_dirs_warning(cli->dirs));
        if (geteuid() == 0)
                report_line(_("running as root: what the profile grants is opened as root"));
}

/* The app does not need it: without it questions are denied and what kill -9 leaves waits for the next start. */
static void start_manager(const Cli *cli, const LaunchRequest *request)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *prefix = store_prefix(&error), *program = NULL;

        if (prefix != NULL && store_dirs_open(cli->dirs, STORE_DIR_RUNTIME, TRUE, &error) >= 0) {
                program = g_build_filename(prefix, "libexec", "oriel", "oriel-sandboxd", NULL);
                (void)session_client_start(store_dirs_path(cli->dirs, STORE_DIR_RUNTIME), program, FALSE, &error);
        }
        if (error != NULL && request->verbose)
                report_line(error->message);
}

/* What a remembered plan does not name, planning must not see. */
static void drop_environment(void)
{
        g_auto(GStrv) names = g_listenv();

        for (char **name = names; *name != NULL; name++)
                if (!cache_key_counts(*name))
                        g_unsetenv(*name);
}

int run_request(const Cli *cli, LaunchRequest *request, GError **error)
{
        g_autoptr(Witnesses) witnesses = witnesses_new();
        g_auto(GStrv) environment = NULL;
        char id[9] = "";

        print_warnings(cli);
        if (cli->options->text[OPTION_INTRO] != NULL && !print_intro(cli, request, error))
                return -1;
        request->note = report_line;
        if (!request->no_daemon)
                start_manager(cli, request);
        environment = g_get_environ();
        request->environment = environment;
        drop_environment();
        /* A run that somebody waits for to learn from is planned each time. */
        if (cli->options->text[OPTION_INTRO] == NULL && request->tell_id == NULL) {
                request->words = cli->words;
                store_dirs_set_witnesses(cli->dirs, witnesses);
        }
        if (!launch_run(cli->dirs, request, id, error))
                return -1;
        if (request->verbose)
                report_line(id);
        return COMMAND_DONE;
}

int command_run(const Cli *cli, GError **error)
{
        LaunchRequest request = { 0 };

        if (!request_from_options(&request, cli, error))
                return -1;
        if (request.app == NULL && request.profile == NULL && request.argv == NULL) {
                command_check_arguments(cli, 1, G_MAXUINT, error);
                return -1;
        }
        return run_request(cli, &request, error);
}
