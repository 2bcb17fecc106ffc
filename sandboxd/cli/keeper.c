/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Talking to a keeper.  It is of our own making, but an app's box lies below it: what it says is checked. */

#include "cli/keeper.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"

enum { COMM_LENGTH = 15 };

static void box_clear(gpointer data)
{
        KeeperBox *box = data;

        g_free(box->kind);
        g_free(box->name);
}

static void process_clear(gpointer data)
{
        KeeperProcess *process = data;

        g_free(process->role);
        g_free(process->name);
}

void keeper_tree_free(KeeperTree *tree)
{
        if (tree == NULL)
                return;
        g_array_unref(tree->boxes);
        g_array_unref(tree->processes);
        g_free(tree);
}

/* "3 0 app app": numbers, then two words, the last with whatever follows. */
static bool parse_box(KeeperTree *tree, const char *value)
{
        g_auto(GStrv) words = g_strsplit(value, " ", 4);
        guint64 index = 0, parent = 0;
        KeeperBox box = { 0 };

        if (g_strv_length(words) != 4 || !g_ascii_string_to_unsigned(words[0], 10, 0, G_MAXINT, &index, NULL) ||
            !g_ascii_string_to_unsigned(words[1], 10, 0, G_MAXINT, &parent, NULL))
                return false;
        if (index != tree->boxes->len || (index > 0 ? parent >= index : parent != 0))
                return false;
        box = (KeeperBox){ .parent = parent, .kind = g_strdup(words[2]), .name = g_strdup(words[3]) };
        g_array_append_val(tree->boxes, box);
        return true;
}

static bool parse_process(KeeperTree *tree, const char *value)
{
        g_auto(GStrv) words = g_strsplit(value, " ", 5);
        gint64 program = 0;
        guint64 box = 0, pid = 0;
        KeeperProcess process = { 0 };

        if (g_strv_length(words) != 5 || !g_ascii_string_to_unsigned(words[0], 10, 0, G_MAXINT, &box, NULL) ||
            !g_ascii_string_to_signed(words[1], 10, -1, G_MAXINT, &program, NULL) ||
            !g_ascii_string_to_unsigned(words[2], 10, 0, G_MAXINT, &pid, NULL))
                return false;
        process = (KeeperProcess){ .box = box, .pid = (pid_t)pid, .name = g_strdup(words[4]) };
        process.own = program < 0 && (strcmp(words[3], "init") == 0 || strcmp(words[3], "keeper") == 0);
        /* "companion" says less than which one it is. */
        process.role = g_strdup(words[strcmp(words[3], "companion") == 0 ? 4 : 3]);
        g_array_append_val(tree->processes, process);
        return true;
}

/* Fields may come in any order: processes are checked against the boxes at the end. */
static bool parse_fields(KeeperTree *tree, const Message *message)
{
        const char *value = NULL;

        for (size_t i = 0; (value = message_get_nth(message, "box", i)) != NULL; i++)
                if (!parse_box(tree, value))
                        return false;
        for (size_t i = 0; (value = message_get_nth(message, "process", i)) != NULL; i++)
                if (!parse_process(tree, value) ||
                    g_array_index(tree->processes, KeeperProcess, i).box >= tree->boxes->len)
                        return false;
        return tree->boxes->len > 0;
}

KeeperTree *keeper_tree_parse(const Message *untrusted, GError **error)
{
        g_autoptr(KeeperTree) tree = g_new0(KeeperTree, 1);

        tree->boxes = g_array_new(FALSE, FALSE, sizeof(KeeperBox));
        g_array_set_clear_func(tree->boxes, box_clear);
        tree->processes = g_array_new(FALSE, FALSE, sizeof(KeeperProcess));
        g_array_set_clear_func(tree->processes, process_clear);
        if (strcmp(message_verb(untrusted), "tree") == 0 && parse_fields(tree, untrusted))
                return g_steal_pointer(&tree);
        g_set_error_literal(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, _("the keeper gave an answer that is no tree"));
        return NULL;
}

void keeper_tree_translate(KeeperTree *tree, GHashTable *host_pids)
{
        for (guint i = 0; i < tree->processes->len; i++) {
                KeeperProcess *process = &g_array_index(tree->processes, KeeperProcess, i);

                process->host_pid = GPOINTER_TO_INT(g_hash_table_lookup(host_pids, GINT_TO_POINTER(process->pid)));
        }
}

/* /proc/PID/comm; the kernel keeps 15 bytes of it, so where the first argument is the same program's, that one's name.
 * Both are the process's own choice. */
static char *read_name(pid_t pid)
{
        g_autofree char *comm_path = g_strdup_printf("/proc/%d/comm", (int)pid), *comm = NULL;
        g_autofree char *line_path = g_strdup_printf("/proc/%d/cmdline", (int)pid), *line = NULL, *base = NULL;

        if (!g_file_get_contents(comm_path, &comm, NULL, NULL))
                return NULL;
        g_strchomp(comm);
        if (strlen(comm) < COMM_LENGTH || !g_file_get_contents(line_path, &line, NULL, NULL))
                return g_steal_pointer(&comm);
        base = g_path_get_basename(line);
        return g_str_has_prefix(base, comm) ? g_steal_pointer(&base) : g_steal_pointer(&comm);
}

void keeper_tree_read_names(KeeperTree *tree)
{
        for (guint i = 0; i < tree->processes->len; i++) {
                KeeperProcess *process = &g_array_index(tree->processes, KeeperProcess, i);
                char *name = process->host_pid > 0 ? read_name(process->host_pid) : NULL;

                if (name == NULL)
                        continue;
                g_free(process->name);
                process->name = name;
        }
}

static bool fail(GError **error, int code)
{
        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, _("the instance's keeper: %s"), g_strerror(code));
        return false;
}

/* Sends the verb and takes one answer. */
static bool converse(int control, const char *verb, int timeout_ms, Message **ret_answer, GError **error)
{
        CLEANUP(message_freep) Message *question = message_new(verb);
        struct pollfd ready = { .fd = control, .events = POLLIN };
        int result = question != NULL ? message_send(control, question, NULL, 0) : -ENOMEM;

        if (result < 0)
                return fail(error, -result);
        do
                result = poll(&ready, 1, timeout_ms);
        while (result < 0 && errno == EINTR);
        if (result <= 0)
                return fail(error, result < 0 ? errno : ETIMEDOUT);
        result = message_receive(control, ret_answer, NULL, NULL, NULL);
        if (result <= 0)
                return fail(error, result < 0 ? -result : ECONNRESET);
        if (strcmp(message_verb(*ret_answer), "error") != 0)
                return true;
        g_set_error_literal(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, _("the instance's keeper refused"));
        return false;
}

KeeperTree *keeper_ask_tree(int control, int timeout_ms, GError **error)
{
        CLEANUP(message_freep) Message *answer = NULL;

        return converse(control, "tree", timeout_ms, &answer, error) ? keeper_tree_parse(answer, error) : NULL;
}

bool keeper_tell(int control, const char *verb, GError **error)
{
        CLEANUP(message_freep) Message *answer = NULL;

        return converse(control, verb, KEEPER_ANSWER_TIMEOUT_MS, &answer, error);
}

bool keeper_wait_end(int control, int timeout_ms)
{
        gint64 deadline = g_get_monotonic_time() + timeout_ms * G_TIME_SPAN_MILLISECOND;

        for (;;) {
                CLEANUP(message_freep) Message *message = NULL;
                struct pollfd ready = { .fd = control, .events = POLLIN };
                gint64 left = timeout_ms < 0 ? -1 : (deadline - g_get_monotonic_time()) / G_TIME_SPAN_MILLISECOND;
                int result = 0;

                if (timeout_ms >= 0 && left < 0)
                        return false;
                result = poll(&ready, 1, (int)left);
                if (result < 0 && errno != EINTR)
                        return false;
                if (result <= 0)
                        continue;
                result = message_receive(control, &message, NULL, NULL, NULL);
                if (result <= 0 && result != -EAGAIN && result != -EINTR)
                        return true;
        }
}
