/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `oriel learn`: a run, confined as ever, and then what its log asks of the profile.  Nothing is opened for the run,
 * but for a file that a person allowed (--ask); so what the app would have asked next, had it got this, is learnt by
 * learning again. */

#include "learn/learn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "cli/command.h"
#include "cli/learn-view.h"
#include "cli/log-reader.h"
#include "cli/report.h"
#include "cli/request.h"
#include "cli/run.h"
#include "ids/instance-id.h"
#include "launch/prepare.h"
#include "store/identity.h"

enum { MAX_OVERRIDE_BYTES = 1024 * 1024 };

/* ---- the run ---- */

static void tell_id(const char *id, void *pipe)
{
        (void)fd_write_all(*(const int *)pipe, id, INSTANCE_ID_SIZE - 1);
}

static void G_NORETURN become_run(const Cli *cli, LaunchRequest *request, int told, const sigset_t *mask)
{
        GError *error = NULL;

        request->tell_id = tell_id;
        request->tell_data = &told;
        (void)sigprocmask(SIG_SETMASK, mask, NULL);
        (void)run_request(cli, request, &error);
        report_error(error);
        _exit(COMMAND_FAILED);
}

/* ^C and ^\ reach the run by the terminal; whoever ends us ends it. */
static int wait_for(pid_t child, const sigset_t *set)
{
        int status = 0;

        while (waitpid(child, &status, WNOHANG) == 0) {
                int signal_number = sigwaitinfo(set, NULL);

                if (signal_number == SIGTERM || signal_number == SIGHUP)
                        (void)kill(child, signal_number);
        }
        return status;
}

/* The id of the run, which is over.  NULL: it never began, and has said why, or *error is set. */
static char *run_once(const Cli *cli, LaunchRequest *request, GError **error)
{
        CLEANUP(fd_closep) int reading = -1, writing = -1;
        CLEANUP(freep) char *told = NULL;
        int ends[2] = { -1, -1 }, status;
        sigset_t set, before;
        size_t n = 0;
        pid_t child = -1;

        sigemptyset(&set);
        for (gsize i = 0; i < 5; i++)
                sigaddset(&set, (const int[]){ SIGCHLD, SIGTERM, SIGHUP, SIGINT, SIGQUIT }[i]);
        (void)sigprocmask(SIG_BLOCK, &set, &before);
        if (pipe2(ends, O_CLOEXEC) == 0) {
                reading = ends[0];
                writing = ends[1];
                child = fork();
        }
        if (child < 0) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, "fork: %s", g_strerror(errno));
                (void)sigprocmask(SIG_SETMASK, &before, NULL);
                return NULL;
        }
        if (child == 0)
                become_run(cli, request, writing, &before);
        (void)fd_close(fd_steal(&writing));
        status = wait_for(child, &set);
        (void)sigprocmask(SIG_SETMASK, &before, NULL);
        if (fd_read_all(reading, 1024, &told, &n) < 0 || n < INSTANCE_ID_SIZE - 1 ||
            (WIFEXITED(status) && WEXITSTATUS(status) == COMMAND_FAILED))
                return NULL;
        /* The last that was tried is the one that began. */
        return g_strndup(told + n - (INSTANCE_ID_SIZE - 1), INSTANCE_ID_SIZE - 1);
}

/* ---- what it was refused ---- */

static Learn *learn_from(const Cli *cli, const char *id, const Profile *profile, const char *home, GError **error)
{
        g_autoptr(Learn) learn = learn_new(profile, home);
        g_autoptr(LogReader) reader = NULL;
        g_autoptr(GError) local = NULL;
        AuditRecord record = { 0 };
        AuditStamp stamp = { 0 };

        reader = log_reader_open(cli->dirs, id, &local);
        /* One without a mediator, or who was refused nothing, has none: an empty one is removed. */
        if (reader == NULL && !g_error_matches(local, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND)) {
                g_propagate_error(error, g_steal_pointer(&local));
                return NULL;
        }
        while (reader != NULL && log_reader_next(reader, &record, &stamp)) {
                learn_add(learn, &record);
                audit_record_clear(&record);
        }
        return g_steal_pointer(&learn);
}

/* ---- the override ---- */

static gboolean is_block(const StoreEntry *entry)
{
        return entry->origin <= STORE_ORIGIN_SHIPPED && g_str_has_prefix(entry->name, "base/");
}

static gboolean write_override(const Cli *cli, const StoreEntry *entry, const GPtrArray *rules, GError **error)
{
        g_autofree char *id = store_identity_override_id(entry), *below = g_build_filename("overrides", id, NULL);
        g_autofree char *path = g_build_filename(store_dirs_path(cli->dirs, STORE_DIR_CONFIG), below, NULL);
        g_autofree char *text = NULL, *patched = NULL, *said = NULL;
        g_autoptr(Profile) checked = NULL;
        g_autoptr(GError) local = NULL;

        if (is_block(entry)) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_USAGE,
                            _("%s: a block that many apps inherit is not changed for one of them\nGive the app a "
                              "profile of its own that inherits %s, or write the lines where they belong"),
                            entry->name, entry->name);
                return FALSE;
        }
        if (!store_dirs_read(cli->dirs, STORE_DIR_CONFIG, below, MAX_OVERRIDE_BYTES, &text, NULL, &local) &&
            !g_error_matches(local, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND)) {
                g_propagate_error(error, g_steal_pointer(&local));
                return FALSE;
        }
        patched = learn_patch(text, rules);
        checked = profile_parse(patched, strlen(patched), path, error);
        if (checked == NULL || !store_dirs_write(cli->dirs, STORE_DIR_CONFIG, below, patched, strlen(patched), error))
                return FALSE;
        said = g_strdup_printf(_("written to %s"), path);
        report_line(said);
        return TRUE;
}

static gboolean has_lines(const GPtrArray *rules)
{
        return rules->len > 0 && ((const LearnRule *)rules->pdata[0])->danger == NULL;
}

int command_learn(const Cli *cli, GError **error)
{
        const char *const *options = cli->options->text;
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        LaunchRequest request = { 0 };
        g_autoptr(Launch) launch = NULL;
        g_autoptr(Learn) learn = NULL;
        g_autoptr(GPtrArray) rules = NULL;
        g_autofree char *id = NULL;

        if (!request_from_options(&request, cli, error))
                return -1;
        if (request.app == NULL && request.profile == NULL && request.argv == NULL) {
                command_check_arguments(cli, 1, G_MAXUINT, error);
                return -1;
        }
        request.no_wait = FALSE;
        request.learn = TRUE;
        request.learn_ask = g_strcmp0(options[OPTION_ASK], "yes") == 0;
        launch = launch_plan_for(cli->dirs, &request, NULL, error);
        if (launch == NULL)
                return -1;
        id = options[OPTION_FROM] != NULL ? g_strdup(options[OPTION_FROM]) : run_once(cli, &request, error);
        if (id == NULL)
                return *error != NULL ? -1 : COMMAND_FAILED;
        if (!instance_id_is_valid(id)) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_USAGE,
                            _("--from: not the id of a run: 8 hexadecimal digits"));
                return -1;
        }
        learn = learn_from(cli, id, launch->profile->profile, launch->facts->home, error);
        if (learn == NULL)
                return -1;
        rules = learn_rules(learn);
        if (options[OPTION_JSON] != NULL)
                learn_view_json(rules, learn_n_unanswered(learn), &text);
        else
                learn_view_print(rules, learn_n_unanswered(learn), launch->profile->label, &text);
        if (!report_text(&text, error))
                return -1;
        if (options[OPTION_WRITE] != NULL && has_lines(rules) &&
            !write_override(cli, launch->profile->entry, rules, error))
                return -1;
        return COMMAND_DONE;
}
