/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A quiet loop waits as long as it would, gives its pages back once, and goes on. */
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/rest.h"

enum { BLOCKS = 64, BLOCK = 64 * 1024 };

/* KiB of anonymous memory. */
static long anonymous_kib(void)
{
        g_autofree char *text = NULL;
        const char *line;

        g_assert_true(g_file_get_contents("/proc/self/smaps_rollup", &text, NULL, NULL));
        line = strstr(text, "Anonymous:");
        if (line == NULL)
                g_error("no Anonymous: in smaps_rollup");
        return strtol(line + strlen("Anonymous:"), NULL, 10);
}

static void test_event(void)
{
        CLEANUP(fd_closep) int fd = eventfd(1, EFD_CLOEXEC);
        struct pollfd polls = { .fd = fd, .events = POLLIN };
        Rest rest = { false };

        g_assert_cmpint(rest_poll(&rest, &polls, 1, -1), ==, 1);
        g_assert_false(rest.taken);
}

static void test_short_wait(void)
{
        Rest rest = { false };
        gint64 began = g_get_monotonic_time();

        g_assert_cmpint(rest_poll(&rest, NULL, 0, 20), ==, 0);
        g_assert_cmpint(g_get_monotonic_time() - began, <, 200000);
        g_assert_false(rest.taken);
}

/* What was freed in the middle of the heap is the kernel's again. */
static void test_rest(gconstpointer data)
{
        gboolean by_epoll = GPOINTER_TO_INT(data);
        CLEANUP(fd_closep) int epoll = epoll_create1(EPOLL_CLOEXEC);
        struct epoll_event event;
        Rest rest = { false };
        char *blocks[BLOCKS];
        gint64 began = g_get_monotonic_time();
        long before;

        for (gsize i = 0; i < BLOCKS; i++)
                blocks[i] = memset(malloc(BLOCK), 1, BLOCK);
        for (gsize i = 0; i + 1 < BLOCKS; i++)
                free(blocks[i]);
        before = anonymous_kib();
        g_assert_cmpint(by_epoll ? rest_epoll_wait(&rest, epoll, &event, 1, 400) : rest_poll(&rest, NULL, 0, 400), ==,
                        0);
        g_assert_cmpint(g_get_monotonic_time() - began, >=, 400000);
        g_assert_true(rest.taken);
        /* A sanitizer's own allocator keeps what was freed. */
        if (g_getenv("ORIEL_SANITIZED") == NULL)
                g_assert_cmpint(anonymous_kib(), <, before - BLOCKS * BLOCK / 1024 / 2);
        free(blocks[BLOCKS - 1]);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/rest/event", test_event);
        g_test_add_func("/rest/short-wait", test_short_wait);
        g_test_add_data_func("/rest/poll", GINT_TO_POINTER(FALSE), test_rest);
        g_test_add_data_func("/rest/epoll", GINT_TO_POINTER(TRUE), test_rest);
        return g_test_run();
}
