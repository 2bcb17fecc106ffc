/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "front/log.h"

/* What is written in pieces; who is asked for, and what it said last. */
static const struct {
        const char *path, *pieces[4], *program, *words;
} rows[] = {
        { "/front-log/one", { "oriel-net-proxy: no port\n" }, "net-proxy", "no port" },
        { "/front-log/pieces", { "oriel-ne", "t-proxy: no", " port", "\n" }, "net-proxy", "no port" },
        { "/front-log/last", { "oriel-net-proxy: one\noriel-net-proxy: two\n\n" }, "net-proxy", "two" },
        { "/front-log/unfinished", { "oriel-net-proxy: one\noriel-net-proxy: tw" }, "net-proxy", "one" },
        { "/front-log/another", { "oriel-net-proxy: one\nXvfb: two\n" }, "net-proxy", NULL },
        { "/front-log/beginning", { "oriel-net-proxy-2: one\n" }, "net-proxy", NULL },
        { "/front-log/nobody", { "one\n" }, "net-proxy", NULL },
        { "/front-log/nothing", { NULL }, "net-proxy", NULL },
};

static void test_row(gconstpointer data)
{
        const typeof(rows[0]) *row = data;
        CLEANUP(fd_closep) int file = open("/dev/null", O_WRONLY | O_CLOEXEC);
        int ends[2];
        FrontLog log = { .file = file };

        g_assert_cmpint(pipe2(ends, O_CLOEXEC | O_NONBLOCK), ==, 0);
        log.pipe = ends[0];
        for (gsize i = 0; i < G_N_ELEMENTS(row->pieces) && row->pieces[i] != NULL; i++) {
                g_assert_cmpint(fd_write_all(ends[1], row->pieces[i], strlen(row->pieces[i])), ==, 0);
                front_log_handle(&log);
        }
        g_assert_cmpstr(front_log_last_words(&log, row->program), ==, row->words);
        (void)fd_close(ends[1]);
        (void)fd_close(ends[0]);
}

/* A line that is longer than is kept of it. */
static void test_long(void)
{
        CLEANUP(fd_closep) int file = open("/dev/null", O_WRONLY | O_CLOEXEC);
        g_autofree char *text = g_strnfill((gsize)2 * FRONT_LOG_LINE, 'x');
        g_autofree char *line = g_strdup_printf("oriel-wm: %s\n", text);
        FrontLog log = { .file = file };
        int ends[2];

        g_assert_cmpint(pipe2(ends, O_CLOEXEC | O_NONBLOCK), ==, 0);
        log.pipe = ends[0];
        g_assert_cmpint(fd_write_all(ends[1], line, strlen(line)), ==, 0);
        front_log_handle(&log);
        g_assert_cmpuint(strlen(front_log_last_words(&log, "wm")), ==, FRONT_LOG_LINE - 1 - strlen("oriel-wm: "));
        (void)fd_close(ends[1]);
        (void)fd_close(ends[0]);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        g_test_add_func("/front-log/long", test_long);
        return g_test_run();
}
