/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/ps-view.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/i18n.h"

enum { N_COLUMNS = 7 };

static char *escaped(const char *text)
{
        CLEANUP(buffer_clear) Buffer buffer = BUFFER_INIT;

        buffer_add_escaped(&buffer, text != NULL && *text != '\0' ? text : "-");
        return g_strdup(buffer_text(&buffer));
}

/* "12 s", "5 min", "3 h", "2 d": one number is enough to tell instances apart. */
static char *age(gint64 seconds)
{
        if (seconds < 0)
                return g_strdup("-");
        if (seconds < 120)
                return g_strdup_printf("%d s", (int)seconds);
        if (seconds < 120 * 60)
                return g_strdup_printf("%d min", (int)(seconds / 60));
        if (seconds < 48 * 3600)
                return g_strdup_printf("%d h", (int)(seconds / 3600));
        return g_strdup_printf("%d d", (int)(seconds / 86400));
}

static void add_line(Buffer *text, char *const cells[N_COLUMNS], const glong *widths)
{
        for (guint i = 0; i < N_COLUMNS; i++) {
                buffer_add_text(text, cells[i]);
                for (glong n = g_utf8_strlen(cells[i], -1); i + 1 < N_COLUMNS && n < widths[i] + 2; n++)
                        buffer_add_byte(text, ' ');
        }
        buffer_add_byte(text, '\n');
}

static void fill(const PsRow *row, gint64 now, char **cells)
{
        cells[0] = escaped(row->info->id);
        cells[1] = escaped(row->info->app);
        cells[2] = escaped(row->info->instance);
        cells[3] = escaped(instance_state_word(row->info->state));
        cells[4] = row->pid > 0 ? g_strdup_printf("%d", (int)row->pid) : g_strdup("-");
        cells[5] = age(now - row->info->started);
        cells[6] = g_strdup_printf("%s, %s", row->info->display != NULL ? row->info->display : "-",
                                   row->info->network != NULL ? row->info->network : "-");
        char *last = escaped(cells[6]);
        g_free(cells[6]);
        cells[6] = last;
}

void ps_view_print(const PsRow *rows, gsize n, gint64 now, Buffer *ret_text)
{
        g_auto(GStrv) cells = g_new0(char *, (n + 1) * N_COLUMNS + 1);
        const char *const heads[N_COLUMNS] = { _("ID"),  _("APP"), _("INSTANCE"),        _("STATE"),
                                               _("PID"), _("AGE"), _("DISPLAY, NETWORK") };
        glong widths[N_COLUMNS] = { 0 };

        for (guint i = 0; i < N_COLUMNS; i++)
                cells[i] = g_strdup(heads[i]);
        for (gsize i = 0; i < n; i++)
                fill(&rows[i], now, cells + (i + 1) * N_COLUMNS);
        for (gsize i = 0; i < (n + 1) * N_COLUMNS; i++)
                widths[i % N_COLUMNS] = MAX(widths[i % N_COLUMNS], g_utf8_strlen(cells[i], -1));
        for (gsize i = 0; i <= n; i++)
                add_line(ret_text, cells + i * N_COLUMNS, widths);
}

static void add_pid(Buffer *text, const char *name, pid_t pid)
{
        if (pid > 0)
                buffer_printf(text, ",\"%s\":%d", name, (int)pid);
        else
                buffer_printf(text, ",\"%s\":null", name);
}

void ps_view_json(const PsRow *rows, gsize n, Buffer *ret_text)
{
        buffer_add_byte(ret_text, '[');
        for (gsize i = 0; i < n; i++) {
                const InstanceInfo *info = rows[i].info;
                g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(info->started);
                g_autofree char *started = time != NULL ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ") : NULL;

                buffer_add_text(ret_text, i > 0 ? ",{\"id\":" : "{\"id\":");
                buffer_add_json(ret_text, info->id);
                buffer_add_json_member(ret_text, "app", info->app);
                buffer_add_json_member(ret_text, "profile", info->profile);
                buffer_add_json_member(ret_text, "instance", info->instance);
                buffer_add_json_member(ret_text, "state", instance_state_word(info->state));
                buffer_add_json_member(ret_text, "started", started);
                add_pid(ret_text, "pid", rows[i].pid);
                add_pid(ret_text, "init_pid", info->keeper_pid);
                buffer_add_json_member(ret_text, "display", info->display);
                buffer_add_json_member(ret_text, "network", info->network);
                buffer_add_byte(ret_text, '}');
        }
        buffer_add_text(ret_text, "]\n");
}
