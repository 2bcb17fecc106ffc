/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "base/message.h"
#include "engine/start.h"
#include "plan/plan.h"

/* Plans made by hand, done by the real engine, and what came of them. */

/* Called first in main(): as root, goes on as a throwaway user with a directory of its own.  Exits with 77 where the
 * kernel lets that user make no user namespace. */
void box_test_init(int *argc, char ***argv);
/* A directory of the throwaway user's, removed at the end; and a path below it. */
const char *box_test_dir(void);
char *box_test_path(const char *name);

/* keeper + app, with /usr, /etc and a minimal /dev of the host's; the app runs `sh -c script`. */
Plan *box_test_plan(const char *script);
/* keeper + a semi-trusted box + inner holding companions and app: DESIGN's default tree. */
Plan *box_test_tree(const char *script);
PlanMount *box_test_mount(Plan *plan, const char *box, PlanMountKind kind, const char *dest, const char *source);
PlanBox *box_test_box(Plan *plan, const char *name);
PlanProgram *box_test_program(Plan *plan, const char *box, const char *name, const char *script);
PlanProgram *box_test_app(Plan *plan);
/* Last, once: the roots become read-only, but for those that a test made writable.  box_run() and its kin do it. */
void box_test_seal(Plan *plan);

/* What one run said. */
typedef struct BoxRun {
        Plan *plan;
        EngineInstance instance;
        int out;       /* reading end of the app's 1 and 2 */
        char *control; /* path of the control socket */
        gboolean over;
        int app_status;                /* wait status, or -1: none was reported */
        char *step, *object, *program; /* of an error message */
        int error;
        GString *output;
        GHashTable *pids; /* program → pid as the keeper sees it */
        char *ended;      /* the companion whose end ended the instance */
        gboolean ready;
        int pty;
} BoxRun;

/* Takes the plan. */
BoxRun *box_run_start(Plan *plan, gboolean staging, const EngineFd *fds, gsize n_fds);
/* The same by way of warm parts beside that manager's socket. */
BoxRun *box_run_start_warm(Plan *plan, const char *manager);
/* One message, or what was output; FALSE after 10 s of silence or when the instance is over. */
gboolean box_run_step(BoxRun *run);
/* Until the app has output this text, or a test failure. */
void box_run_until(BoxRun *run, const char *text);
/* To the end.  The keeper is reaped; then no process of the instance is left. */
void box_run_finish(BoxRun *run);
void box_run_free(BoxRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BoxRun, box_run_free)

/* A connection to the instance's control socket (shown: as one from outside every box), and one message there and back
 * (NULL: the stream ended). */
int box_run_connect(const BoxRun *run, gboolean shown);
Message *box_run_ask(int connection, Message *message, const int *fds, gsize n_fds);
Message *box_run_hear(int connection, int *ret_fd);

/* Start to end. */
BoxRun *box_run(Plan *plan, gboolean staging);
int box_run_code(const BoxRun *run); /* as a shell would say it: exit code, or 128 + signal; -1: none */

/* Pids (host's numbers) of all processes below that one, itself included. */
GArray *box_processes(pid_t top);
char *box_proc_text(pid_t pid, const char *name);
