/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The last step: everything that the front end needs is in descriptors and a short command line, and all else stays
 * behind.  The environment does too: the app's is in the plan, and the front end needs only what its own sentences
 * depend on. */

#include "launch/exec.h"

#include <errno.h>
#include <linux/close_range.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "launch/instance-files.h"
#include "launch/plan-facts.h"
#include "launch/slots.h"
#include "plan/code.h"

static int seal_plan(const Plan *plan)
{
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;

        plan_encode(plan, &bytes);
        return bytes.failed ? -ENOMEM : fd_sealed_memfd("oriel-plan", bytes.bytes, bytes.n);
}

static char **engine_environment(void)
{
        static const char *const kept[] = { "LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LC_CTYPE", "TERM" };
        g_autoptr(GStrvBuilder) builder = g_strv_builder_new();

        for (gsize i = 0; i < G_N_ELEMENTS(kept); i++) {
                const char *value = g_getenv(kept[i]);
                g_autofree char *pair = value != NULL ? g_strconcat(kept[i], "=", value, NULL) : NULL;

                if (pair != NULL)
                        g_strv_builder_add(builder, pair);
        }
        return g_strv_builder_end(builder);
}

/* "oriel", so that `ps` shows what was started and not what it is made of. */
static char **engine_argv(const Launch *launch, const LaunchRequest *request, const LaunchSlots *slots, int plan)
{
        g_autoptr(GPtrArray) argv = g_ptr_array_new();

        g_ptr_array_add(argv, g_strdup("oriel"));
        g_ptr_array_add(argv, g_strdup("run"));
        g_ptr_array_add(argv, g_strdup("--plan"));
        g_ptr_array_add(argv, g_strdup_printf("%d", plan));
        if (!request->no_daemon && !request->no_ask) {
                g_ptr_array_add(argv, g_strdup("--manager"));
                g_ptr_array_add(argv,
                                g_build_filename(store_dirs_path(launch->dirs, STORE_DIR_RUNTIME), "manager", NULL));
        }
        if (request->verbose)
                g_ptr_array_add(argv, g_strdup("--verbose"));
        for (guint i = 0; i < launch_slots_size(slots); i++) {
                g_ptr_array_add(argv, g_strdup("--fd"));
                g_ptr_array_add(argv, g_strdup_printf("%s=%d", launch_slots_name(slots, i), launch_slots_fd(slots, i)));
        }
        g_ptr_array_add(argv, NULL);
        return (char **)g_ptr_array_steal(argv, NULL);
}

/* Only what is passed lives on.  0 or -errno. */
static int keep_only(const LaunchSlots *slots, int plan)
{
        int r = close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0 ? -errno : fd_set_cloexec(plan, false);

        for (guint i = 0; r == 0 && i < launch_slots_size(slots); i++)
                r = fd_set_cloexec(launch_slots_fd(slots, i), false);
        return r;
}

static void set_failed(GError **error, const char *engine, int number)
{
        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED,
                    _("%s: cannot be started: %s\nOriel is not installed as a whole: install it again."), engine,
                    g_strerror(number));
}

static gboolean prepare_slots(const Launch *launch, const LaunchRequest *request, LaunchSlots *slots, GError **error)
{
        if (!request->no_wait) {
                launch_slots_borrow(slots, "stdin", STDIN_FILENO);
                launch_slots_borrow(slots, "stdout", STDOUT_FILENO);
                launch_slots_borrow(slots, "stderr", STDERR_FILENO);
        }
        if (plan_facts_uses(launch->plan, launch->profile->data_dir) &&
            !store_profile_make_data_dir(launch->dirs, launch->profile, error))
                return FALSE;
        return launch_slots_fill(slots, launch, error);
}

void launch_exec(const Launch *launch, const LaunchRequest *request, const char *engine, GError **error)
{
        g_autoptr(LaunchSlots) slots = launch_slots_new();
        CLEANUP(fd_closep) int plan = seal_plan(launch->plan);
        g_auto(GStrv) environment = engine_environment(), argv = NULL;
        int r = 0;

        if (plan < 0) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, _("the plan cannot be kept: %s"),
                            g_strerror(-plan));
                return;
        }
        if (!instance_files_make(launch->dirs, launch, slots, error))
                return;
        if (prepare_slots(launch, request, slots, error)) {
                argv = engine_argv(launch, request, slots, plan);
                r = keep_only(slots, plan);
                if (r == 0) {
                        (void)execve(engine, argv, environment);
                        r = -errno;
                }
                set_failed(error, engine, -r);
        }
        instance_files_remove(launch->dirs, launch->id);
}
