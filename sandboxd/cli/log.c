/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `oriel log` and `oriel why`: what the mediators wrote down. */

#include <errno.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/i18n.h"
#include "cli/command.h"
#include "cli/log-egress.h"
#include "cli/log-reader.h"
#include "cli/log-view.h"
#include "cli/report.h"
#include "store/instances.h"
#include "store/logs.h"

/* A living instance by any of its names; else the id of one whose log is still there. */
static char *find_id(const Cli *cli, const char *word, GError **error)
{
        g_autoptr(GError) not_found = NULL;
        g_autoptr(StoreInstance) instance = store_instances_find(cli->dirs, word, &not_found);

        if (instance != NULL)
                return g_strdup(instance->info.id);
        if (instance_id_is_valid(word) && g_error_matches(not_found, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND))
                return g_strdup(word);
        g_propagate_error(error, g_steal_pointer(&not_found));
        return NULL;
}

static bool is_wanted(const Options *options, const AuditRecord *record)
{
        if (options->text[OPTION_DENIED] != NULL && record->verdict != AUDIT_VERDICT_DENY)
                return false;
        return options->text[OPTION_ONLY_BUS] == NULL || record->event == AUDIT_EVENT_DBUS;
}

/* egress: the records are added to it, and not printed; or NULL. */
static bool print_records(const Cli *cli, LogReader *reader, LogEgress *egress, GError **error)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        AuditRecord record = { 0 };
        AuditStamp stamp = { 0 };

        while (log_reader_next(reader, &record, &stamp)) {
                if (egress != NULL)
                        log_egress_add(egress, &record);
                else if (!is_wanted(cli->options, &record))
                        ;
                else if (cli->options->text[OPTION_JSON] != NULL)
                        audit_record_print(&record, &stamp, &text);
                else
                        log_view_print(&record, &stamp, &text);
                audit_record_clear(&record);
        }
        return report_text(&text, error);
}

/* Opens the logs that are not open yet, and prints what is new in each; oldest instance first. */
static bool print_all(const Cli *cli, GHashTable *readers, LogEgress *egress, GError **error)
{
        g_auto(GStrv) ids = store_logs_list(cli->dirs, STORE_LOG_AUDIT);

        for (guint i = g_strv_length(ids); i-- > 0;) {
                LogReader *reader = g_hash_table_lookup(readers, ids[i]);

                if (reader == NULL) {
                        reader = log_reader_open(cli->dirs, ids[i], NULL);
                        if (reader == NULL)
                                continue;
                        g_hash_table_insert(readers, g_strdup(ids[i]), reader);
                }
                if (!print_records(cli, reader, egress, error))
                        return false;
        }
        return true;
}

static int watch_logs(const Cli *cli, GError **error)
{
        g_autofree char *path = g_build_filename(store_dirs_path(cli->dirs, STORE_DIR_STATE), "log", NULL);
        CLEANUP(fd_closep) int notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        CLEANUP(fd_closep) int directory = store_dirs_open_below(cli->dirs, STORE_DIR_STATE, "log", TRUE, error);

        if (directory < 0)
                return -1;
        if (notify >= 0 && inotify_add_watch(notify, path, IN_CREATE | IN_MODIFY) >= 0)
                return fd_steal(&notify);
        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, "%s: %s", path, g_strerror(errno));
        return -1;
}

static bool wait_for_change(int notify)
{
        struct pollfd ready = { .fd = notify, .events = POLLIN };
        char events[4096];

        if (poll(&ready, 1, -1) < 0 && errno != EINTR)
                return false;
        while (read(notify, events, sizeof events) > 0)
                continue;
        return true;
}

static void free_reader(gpointer reader)
{
        log_reader_free(reader);
}

int command_log(const Cli *cli, GError **error)
{
        g_autoptr(GHashTable) readers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_reader);
        bool follow = cli->options->text[OPTION_FOLLOW] != NULL;
        CLEANUP(fd_closep) int notify = -1;
        g_autoptr(LogReader) one = NULL;
        g_autoptr(LogEgress) egress = cli->options->text[OPTION_EGRESS] != NULL ? log_egress_new() : NULL;

        if (!command_check_arguments(cli, 0, 1, error))
                return -1;
        if (egress != NULL &&
            (follow || cli->options->text[OPTION_DENIED] != NULL || cli->options->text[OPTION_ONLY_BUS] != NULL)) {
                g_set_error_literal(error, ORIEL_ERROR, ORIEL_ERROR_USAGE,
                                    _("--egress is a sum of its own: without --follow, --denied and --bus"));
                return -1;
        }
        if (cli->options->n_args > 0) {
                g_autofree char *id = find_id(cli, cli->options->args[0], error);

                one = id != NULL ? log_reader_open(cli->dirs, id, error) : NULL;
                if (one == NULL)
                        return -1;
        }
        /* Watched before the first reading, so that nothing falls between. */
        if (follow && (notify = watch_logs(cli, error)) < 0)
                return -1;
        do {
                if (!(one != NULL ? print_records(cli, one, egress, error) : print_all(cli, readers, egress, error)))
                        return -1;
        } while (follow && wait_for_change(notify));
        if (egress != NULL) {
                CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

                log_egress_print(egress, cli->options->text[OPTION_JSON] != NULL, &text);
                return report_text(&text, error) ? COMMAND_DONE : -1;
        }
        return COMMAND_DONE;
}

/* The last denial of that log. */
static bool add_last_denial(const Cli *cli, const char *id, Buffer *text, GError **error)
{
        g_autoptr(LogReader) reader = log_reader_open(cli->dirs, id, error);
        bool json = cli->options->text[OPTION_JSON] != NULL, found = false;
        AuditRecord record = { 0 };
        AuditStamp stamp = { 0 };

        while (reader != NULL && log_reader_next(reader, &record, &stamp)) {
                if (record.verdict == AUDIT_VERDICT_DENY) {
                        buffer_clear(text);
                        (json ? audit_record_print : log_view_why)(&record, &stamp, text);
                        found = true;
                }
                audit_record_clear(&record);
        }
        return found;
}

int command_why(const Cli *cli, GError **error)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        g_auto(GStrv) ids = NULL;
        bool found = false;

        if (!command_check_arguments(cli, 0, 1, error))
                return -1;
        if (cli->options->n_args > 0) {
                g_autofree char *id = find_id(cli, cli->options->args[0], error);
                g_autoptr(GError) fault = NULL;

                if (id == NULL)
                        return -1;
                found = add_last_denial(cli, id, &text, &fault);
                if (fault != NULL) {
                        g_propagate_error(error, g_steal_pointer(&fault));
                        return -1;
                }
        } else {
                ids = store_logs_list(cli->dirs, STORE_LOG_AUDIT);
                for (guint i = 0; ids[i] != NULL && !found; i++)
                        found = add_last_denial(cli, ids[i], &text, NULL);
        }
        if (!found)
                buffer_add_text(&text, _("nothing was denied\n"));
        return report_text(&text, error) ? (found ? COMMAND_DONE : COMMAND_NO) : -1;
}
