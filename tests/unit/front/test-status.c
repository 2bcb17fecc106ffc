/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <signal.h>

#include "base/cleanup.h"
#include "front/status.h"

static const struct Row {
        const char *path, *step, *object, *box, *program;
        int error, status;
        const char *first; /* line of the sentence */
        gboolean mends;
} rows[] = {
        { "/status/not-found", "exec", "nosuch", "app", "app", ENOENT, 127,
          "oriel: exec nosuch: No such file or directory", TRUE },
        { "/status/not-executable", "exec", "/etc/passwd", "app", NULL, EACCES, 126,
          "oriel: exec /etc/passwd: Permission denied", TRUE },
        { "/status/companion", "exec", "Xephyr", "semi/x", "xephyr", ENOENT, 125,
          "oriel: exec Xephyr (semi/x): No such file or directory", TRUE },
        { "/status/companion-in-app-box", "exec", "wm", "app", "wm", ENOENT, 125,
          "oriel: exec wm: No such file or directory", TRUE },
        { "/status/userns", "clone", NULL, NULL, NULL, EPERM, 125, "oriel: clone: Operation not permitted", TRUE },
        { "/status/apparmor", "uid map", NULL, "keeper", NULL, EACCES, 125,
          "oriel: uid map (keeper): Permission denied", TRUE },
        { "/status/other", "tmpfs", "/tmp", "app", NULL, ENOMEM, 125, "oriel: tmpfs /tmp: Cannot allocate memory",
          FALSE },
        { "/status/hostile", "bind", "/a\nb\033[2J", "app", NULL, EIO, 125,
          "oriel: bind /a\\x0ab\\x1b[2J: Input/output error", FALSE },
        { "/status/odd-errno", "bind", "/a", "app", NULL, -3, 125, "oriel: bind /a: Input/output error", FALSE },
};

static void test_row(const void *data)
{
        const struct Row *row = data;
        CLEANUP(message_freep) Message *message = message_new("error");
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        g_auto(GStrv) lines = NULL;

        message_add(message, "step", row->step);
        if (row->object != NULL)
                message_add(message, "object", row->object);
        if (row->box != NULL)
                message_add(message, "box", row->box);
        if (row->program != NULL)
                message_add(message, "program", row->program);
        message_add_number(message, "errno", row->error);
        g_assert_cmpint(front_status_of_error(message), ==, row->status);
        front_error_print(message, &text);
        lines = g_strsplit(buffer_text(&text), "\n", -1);
        g_assert_cmpstr(lines[0], ==, row->first);
        g_assert_cmpuint(g_strv_length(lines), ==, row->mends ? 3 : 2);
}

static void test_empty(void)
{
        CLEANUP(message_freep) Message *message = message_new("error");
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

        g_assert_cmpint(front_status_of_error(message), ==, 125);
        front_error_print(message, &text);
        g_assert_cmpstr(buffer_text(&text), ==, "oriel: keeper: Input/output error\n");
}

static void test_wait(void)
{
        g_assert_cmpint(front_status_of_wait(0), ==, 0);
        g_assert_cmpint(front_status_of_wait(7 << 8), ==, 7);
        g_assert_cmpint(front_status_of_wait(SIGSEGV), ==, 139);
        g_assert_cmpint(front_status_of_wait(SIGSEGV | 0x80), ==, 139);
        g_assert_cmpint(front_status_of_wait(0x137f), ==, 125); /* stopped: no end */
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        g_test_add_func("/status/empty", test_empty);
        g_test_add_func("/status/wait", test_wait);
        return g_test_run();
}
