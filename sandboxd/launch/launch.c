/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way of one launch, and its detached form. */

#include "launch/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "ids/instance-id.h"
#include "launch/exec.h"
#include "review/settle.h"
#include "store/instances.h"
#include "store/logs.h"

enum {
        TRIES = 8,          /* for an id that is free: of 2^32, a few thousand are taken at most */
        MAX_REPORT = 65536, /* of a detached launch's error */
};

static gboolean choose_id(char ret_id[INSTANCE_ID_SIZE], GError **error)
{
        guint32 number = 0;

        while (number == 0)
                if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number) {
                        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, _("no random number: %s"),
                                    g_strerror(errno));
                        return FALSE;
                }
        instance_id_format(ret_id, number);
        return TRUE;
}

/* What a detached launch says on its pipe: "I" and the id, for each that is tried; at last, if it fails, "E", a digit
 * (the error's code) and the sentence.  The pipe's end without an "E" is success: the execution closed it. */
static void report_id(int report, const char *id)
{
        (void)fd_write_all(report, "I", 1);
        (void)fd_write_all(report, id, INSTANCE_ID_SIZE - 1);
}

static void report_error(int report, const GError *error)
{
        char code = (char)('0' + error->code);

        (void)fd_write_all(report, "E", 1);
        (void)fd_write_all(report, &code, 1);
        (void)fd_write_all(report, error->message, strlen(error->message));
}

static void tell_notes(const Plan *plan, const LaunchRequest *request)
{
        for (gsize i = 0; request->note != NULL && plan->notes != NULL && plan->notes[i] != NULL; i++)
                request->note(plan->notes[i]);
}

/* Plans and executes; returns only on failure.  report: a pipe that is told each id that is tried, or -1. */
static void run(StoreDirs *dirs, const LaunchRequest *request, int report, GError **error)
{
        for (guint i = 0; i < TRIES; i++) {
                g_autoptr(Launch) launch = NULL;
                g_autoptr(GError) local = NULL;
                g_autofree char *engine = NULL;
                char id[INSTANCE_ID_SIZE] = "";

                if (!choose_id(id, error))
                        return;
                launch = launch_plan_for(dirs, request, id, error);
                if (launch == NULL)
                        return;
                if (request->tell_id != NULL)
                        request->tell_id(id, request->tell_data);
                if (report >= 0)
                        report_id(report, id);
                else if (i == 0)
                        tell_notes(launch->plan, request);
                engine = g_build_filename(launch->prefix, "libexec/oriel/oriel-engine", NULL);
                launch_exec(launch, request, engine, &local);
                if (!g_error_matches(local, ORIEL_ERROR, ORIEL_ERROR_USAGE) || i + 1 == TRIES) {
                        g_propagate_error(error, g_steal_pointer(&local));
                        return;
                }
        }
}

/* The front end to be: in a session of its own, with nothing of the caller's terminal. */
static void G_NORETURN run_detached(StoreDirs *dirs, const LaunchRequest *request, int report)
{
        g_autoptr(GError) error = NULL;
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);

        for (int fd = STDIN_FILENO; null >= 0 && fd <= STDERR_FILENO; fd++)
                (void)dup2(null, fd);
        run(dirs, request, report, &error);
        if (error != NULL)
                report_error(report, error);
        _exit(1);
}

static gboolean read_report(int report, char *ret_id, GError **error)
{
        CLEANUP(freep) char *text = NULL;
        const char *at = NULL;
        size_t n = 0;

        if (fd_read_all(report, MAX_REPORT, &text, &n) < 0)
                n = 0;
        for (at = text; n > 0 && *at == 'I' && strlen(at) >= INSTANCE_ID_SIZE; at += INSTANCE_ID_SIZE)
                if (ret_id != NULL)
                        g_strlcpy(ret_id, at + 1, INSTANCE_ID_SIZE);
        if (n > 0 && *at == '\0')
                return TRUE;
        if (n > 0 && *at == 'E' && at[1] >= '0' && at[1] <= '9')
                g_set_error_literal(error, ORIEL_ERROR, at[1] - '0', at + 2);
        else
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, _("the launch ended without a word"));
        return FALSE;
}

/* A child in a new session starts the front end and ends at once, so that init adopts it. */
static gboolean detach(StoreDirs *dirs, const LaunchRequest *request, char *ret_id, GError **error)
{
        CLEANUP(fd_closep) int reading = -1, writing = -1;
        int ends[2] = { -1, -1 };
        pid_t child = -1;

        if (pipe2(ends, O_CLOEXEC) == 0) {
                reading = ends[0];
                writing = ends[1];
                child = fork();
        }
        if (child < 0) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, "fork: %s", g_strerror(errno));
                return FALSE;
        }
        if (child == 0) {
                (void)setsid();
                if (fork() == 0)
                        run_detached(dirs, request, writing);
                _exit(0);
        }
        (void)fd_close(fd_steal(&writing));
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
                continue;
        return read_report(reading, ret_id, error);
}

/* Our own directories exist before the host is asked: one that is missing can't be covered, and an app with a writable
 * home would make it and be our policy the next time.  Where we can't make one, it can't either. */
static gboolean make_own_directories(StoreDirs *dirs, GError **error)
{
        for (guint which = 0; which < _STORE_DIR_MAX; which++) {
                g_autoptr(GError) local = NULL;

                if (store_dirs_open(dirs, (StoreDir)which, TRUE, NULL) >= 0 ||
                    store_dirs_open(dirs, (StoreDir)which, FALSE, &local) >= 0 ||
                    g_error_matches(local, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND))
                        continue;
                g_propagate_error(error, g_steal_pointer(&local));
                return FALSE;
        }
        return TRUE;
}

/* What is due of runs that were killed with all that belonged to them. */
static void settle_all(StoreDirs *dirs)
{
        CLEANUP(buffer_clear) Buffer sentences = BUFFER_INIT;
        ReviewSettlement settlement = { .sentences = &sentences };

        review_settle_all(dirs, &settlement);
        if (sentences.n > 0 && !sentences.failed)
                (void)fd_write_all(STDERR_FILENO, sentences.bytes, sentences.n);
}

gboolean launch_run(StoreDirs *dirs, const LaunchRequest *request, char *ret_id, GError **error)
{
        if (!make_own_directories(dirs, error))
                return FALSE;
        (void)store_instances_reap(dirs);
        settle_all(dirs);
        store_logs_prune(dirs, STORE_LOGS_MAX, STORE_LOGS_MAX_BYTES);
        if (request->no_wait)
                return detach(dirs, request, ret_id, error);
        run(dirs, request, -1, error);
        return FALSE;
}
