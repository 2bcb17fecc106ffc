/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The last step: everything that the front end needs is in descriptors and a short command line, and all else stays
 * behind, most of the environment too. */

#include "launch/exec.h"

#include <errno.h>
#include <linux/close_range.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "instance/portal.h"
#include "launch/plan-facts.h"
#include "launch/record.h"
#include "launch/remember.h"
#include "plan/code.h"
#include "start/environment.h"
#include "start/files.h"
#include "start/manager.h"
#include "store/instances.h"
#include "store/logs.h"
#include "store/text.h"

static int seal_plan(const Plan *plan)
{
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;

        plan_encode(plan, &bytes);
        return bytes.failed ? -ENOMEM : fd_sealed_memfd("oriel-plan", bytes.bytes, bytes.n);
}

static char **engine_environment(void)
{
        g_autoptr(GStrvBuilder) builder = g_strv_builder_new();

        for (char **variable = environ; *variable != NULL; variable++)
                if (start_environment_keeps(*variable))
                        g_strv_builder_add(builder, *variable);
        return g_strv_builder_end(builder);
}

/* "oriel", so that `ps` shows what was started and not what it is made of. */
static char **engine_argv(const Launch *launch, const StartRecord *record, const StartSlots *slots, int plan)
{
        g_autoptr(GPtrArray) argv = g_ptr_array_new();

        g_ptr_array_add(argv, g_strdup("oriel"));
        g_ptr_array_add(argv, g_strdup("run"));
        g_ptr_array_add(argv, g_strdup("--plan"));
        g_ptr_array_add(argv, g_strdup_printf("%d", plan));
        if (!record->no_daemon && !record->no_ask) {
                g_ptr_array_add(argv, g_strdup("--manager"));
                g_ptr_array_add(argv, g_build_filename(store_dirs_path(launch->dirs, STORE_DIR_RUNTIME),
                                                       START_MANAGER_SOCKET, NULL));
        }
        if (record->verbose)
                g_ptr_array_add(argv, g_strdup("--verbose"));
        for (size_t i = 0; i < slots->n; i++) {
                g_ptr_array_add(argv, g_strdup("--fd"));
                g_ptr_array_add(argv, g_strdup_printf("%s=%d", slots->all[i].name, slots->all[i].fd));
        }
        g_ptr_array_add(argv, NULL);
        return (char **)g_ptr_array_steal(argv, NULL);
}

/* Only what is passed lives on.  0 or -errno. */
static int keep_only(const StartSlots *slots, int plan)
{
        int r = close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0 ? -errno : fd_set_cloexec(plan, false);

        for (size_t i = 0; r == 0 && i < slots->n; i++)
                r = fd_set_cloexec(slots->all[i].fd, false);
        return r;
}

static void set_failed(GError **error, const char *engine, int number)
{
        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED,
                    _("%s: cannot be started: %s\nOriel is not installed as a whole: install it again."), engine,
                    g_strerror(number));
}

static void set_files_error(GError **error, const Launch *launch, const char *step, int r)
{
        if (r == -EEXIST)
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_USAGE, _("instance %s exists already"), launch->id);
        else if (r == INSTANCE_PORTAL_FOREIGN)
                /* With the same sentence as everywhere. */
                (void)store_instances_open_flatpak(launch->dirs, TRUE, error);
        else if (r == -EBUSY && g_str_equal(step, START_STEP_CHANGES))
                g_set_error_literal(error, ORIEL_ERROR, ORIEL_ERROR_FAILED,
                                    _("another run keeps its changes to the workspace there\nWait for its end, or keep "
                                      "these apart from them: --instance=NAME."));
        else if (g_str_equal(step, START_STEP_GROUP))
                g_set_error(
                        error, ORIEL_ERROR, ORIEL_ERROR_FAILED,
                        _("instance %s: no control group for its limits: %s\nWithout one [Limits] memory and cpu do "
                          "not hold: oriel doctor says what is wrong with it."),
                        launch->id, r == -EPROTO ? _("the service manager refused") : g_strerror(-r));
        else
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, _("instance %s: %s: %s"), launch->id, step,
                            r == -ENOSPC ? _("the disk is full") : g_strerror(-r));
}

static void set_slot_error(GError **error, const StartRecord *record, const StartSlotFault *fault, int r)
{
        g_autofree char *shown = record->xauthority != NULL ? store_text_escape(record->xauthority) : NULL;

        if (r == START_BAD_COOKIES)
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED,
                            _("%s: not an Xauthority file (byte %zu)\nSee what it holds: xauth -f %s list"), shown,
                            fault->place.offset, shown);
        else if (r == START_NO_CREDENTIAL)
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, "%s",
                            g_str_has_prefix(fault->text, "oriel: ") ? fault->text + strlen("oriel: ") : fault->text);
        else if (shown != NULL && g_str_equal(fault->slot, "xauth-host"))
                store_text_set_error(error, record->xauthority, r);
        else
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, _("the slot %s cannot be filled: %s"), fault->slot,
                            g_strerror(-r));
}

static void tell_remembered(Launch *launch, const LaunchRequest *request, const StartRecord *record)
{
        const char *why = launch_remember(launch, request, record);
        g_autofree char *sentence = NULL;

        if (!request->verbose || request->note == NULL)
                return;
        sentence = why == NULL ? g_strdup(_("the plan was made, and is remembered"))
                               : g_strdup_printf(_("the plan was made, and is not remembered: %s"), _(why));
        request->note(sentence);
}

static gboolean prepare_slots(
        Launch *launch, const LaunchRequest *request, const StartRecord *record, StartSlots *slots, GError **error)
{
        /* The home, and where changes are kept apart. */
        g_autofree char *data = g_path_get_dirname(launch->profile->data_dir);
        StartSlotFault fault = { 0 };
        int r = 0;

        for (int fd = STDIN_FILENO; !request->no_wait && fd <= STDERR_FILENO; fd++)
                (void)start_slots_borrow(slots, start_stdio_slots[fd], fd);
        if (plan_facts_uses(launch->plan, data) && !store_profile_make_data_dir(launch->dirs, launch->profile, error))
                return FALSE;
        tell_remembered(launch, request, record);
        r = start_slots_fill(slots, launch->plan, record, request->environment != NULL ? request->environment : environ,
                             &fault);
        if (r != 0)
                set_slot_error(error, record, &fault, r);
        return r == 0;
}

void launch_exec(Launch *launch, const LaunchRequest *request, const char *engine, GError **error)
{
        CLEANUP(start_slots_clear) StartSlots slots = { .n = 0 };
        CLEANUP(fd_closep) int instances = store_instances_open(launch->dirs, error), logs = -1, plan = -1;
        g_auto(GStrv) environment = engine_environment(), argv = NULL;
        g_autoptr(LaunchRecord) record = launch_record_new(launch, request);
        const char *step = NULL;
        StartPlaces places;
        int r = 0;

        if (instances >= 0)
                logs = store_logs_open_directory(launch->dirs, error);
        if (logs < 0)
                return;
        plan = seal_plan(launch->plan);
        if (plan < 0) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, _("the plan cannot be kept: %s"),
                            g_strerror(-plan));
                return;
        }
        places = (StartPlaces){ .instances = instances, .logs = logs };
        r = start_files_make(&places, launch->plan, &record->start, &slots, &step);
        if (r != 0) {
                set_files_error(error, launch, step, r);
                return;
        }
        if (prepare_slots(launch, request, &record->start, &slots, error)) {
                argv = engine_argv(launch, &record->start, &slots, plan);
                r = keep_only(&slots, plan);
                if (r == 0) {
                        (void)execve(engine, argv, environment);
                        r = -errno;
                }
                set_failed(error, engine, -r);
        }
        start_files_remove(&places, launch->id);
}
