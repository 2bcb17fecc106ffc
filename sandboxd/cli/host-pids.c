/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/host-pids.h"

#include <stdlib.h>
#include <string.h>

/* The numbers after "NAME:". */
static guint read_numbers(const char *text, const char *name, pid_t *ret_numbers, guint most)
{
        const char *line = text, *end = NULL;
        gsize n = strlen(name);
        guint count = 0;

        while (line != NULL && strncmp(line, name, n) != 0) {
                line = strchr(line, '\n');
                line += line != NULL;
        }
        if (line == NULL)
                return 0;
        end = line + strcspn(line, "\n");
        for (line += n; line < end && count < most;) {
                char *after = NULL;
                long number = 0;

                line += strspn(line, " \t");
                if (!g_ascii_isdigit(*line))
                        break;
                number = strtol(line, &after, 10);
                if (number > G_MAXINT)
                        return 0;
                ret_numbers[count++] = (pid_t)number;
                line = after;
        }
        return count;
}

bool proc_status_parse(ProcStatus *ret_status, const char *text)
{
        ProcStatus status = { 0 };

        /* "Name:" is the process's own choice, but the kernel escapes newlines in it, and it comes first on its line.
         */
        status.depth = read_numbers(text, "NSpid:", status.ns, HOST_PIDS_MAX_DEPTH);
        if (status.depth == 0 || read_numbers(text, "PPid:", &status.parent, 1) != 1)
                return false;
        status.pid = status.ns[0];
        *ret_status = status;
        return true;
}

static bool descends(GHashTable *by_pid, const ProcStatus *status, pid_t keeper)
{
        /* Read one by one, the table may be inconsistent, even a ring. */
        for (guint steps = 0; status != NULL && steps <= g_hash_table_size(by_pid); steps++) {
                if (status->pid == keeper)
                        return true;
                status = g_hash_table_lookup(by_pid, GINT_TO_POINTER(status->parent));
        }
        return false;
}

GHashTable *host_pids_map(const ProcStatus *statuses, gsize n, pid_t keeper)
{
        g_autoptr(GHashTable) by_pid = g_hash_table_new(NULL, NULL);
        GHashTable *map = g_hash_table_new(NULL, NULL);
        const ProcStatus *first = NULL;

        for (gsize i = 0; i < n; i++)
                g_hash_table_insert(by_pid, GINT_TO_POINTER(statuses[i].pid), (gpointer)&statuses[i]);
        first = g_hash_table_lookup(by_pid, GINT_TO_POINTER(keeper));
        for (gsize i = 0; first != NULL && i < n; i++)
                if (statuses[i].depth >= first->depth && descends(by_pid, &statuses[i], keeper))
                        g_hash_table_insert(map, GINT_TO_POINTER(statuses[i].ns[first->depth - 1]),
                                            GINT_TO_POINTER(statuses[i].pid));
        return map;
}

GHashTable *host_pids_read(pid_t keeper)
{
        g_autoptr(GArray) statuses = g_array_new(FALSE, FALSE, sizeof(ProcStatus));
        g_autoptr(GDir) proc = g_dir_open("/proc", 0, NULL);
        const char *name = NULL;

        while (proc != NULL && (name = g_dir_read_name(proc)) != NULL) {
                g_autofree char *path = NULL, *text = NULL;
                ProcStatus status = { 0 };

                if (!g_ascii_isdigit(*name))
                        continue;
                path = g_build_filename("/proc", name, "status", NULL);
                if (g_file_get_contents(path, &text, NULL, NULL) && proc_status_parse(&status, text))
                        g_array_append_val(statuses, status);
        }
        return host_pids_map((const ProcStatus *)(gpointer)statuses->data, statuses->len, keeper);
}
