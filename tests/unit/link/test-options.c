/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "link/options.h"
#include "link/outbox.h"

static int block_of(const char *bytes, gsize n)
{
        int fd = fd_sealed_memfd("args", bytes, n);

        g_assert_cmpint(fd, >=, 0);
        return fd;
}

static void test_groups(void)
{
        static const char *const argv[] = { "proxy",      "unix:path=/a",   "/p", "--filter",
                                            "--talk=a.b", "unix:path=/c",   "/q", "--log",
                                            "--own=c.d",  "--sloppy-names", NULL };
        CLEANUP(buffer_clear) Buffer error = BUFFER_INIT;
        Options options = { 0 };

        g_assert_cmpint(options_parse(&options, 10, (char **)argv, &error), ==, 0);
        g_assert_cmpuint(options.n_buses, ==, 2);
        g_assert_cmpstr(options.buses[0].address, ==, "unix:path=/a");
        g_assert_cmpstr(options.buses[1].path, ==, "/q");
        g_assert_true(options.buses[0].filter && !options.buses[0].log && !options.buses[0].sloppy);
        g_assert_true(!options.buses[1].filter && options.buses[1].log && options.buses[1].sloppy);
        g_assert_cmpint(bus_policy_visible(options.buses[0].policy, "a.b"), ==, BUS_ACCESS_TALK);
        g_assert_cmpint(bus_policy_visible(options.buses[0].policy, "c.d"), ==, BUS_ACCESS_NONE);
        g_assert_cmpint(bus_policy_visible(options.buses[1].policy, "c.d"), ==, BUS_ACCESS_OWN);
        options_clear(&options);
}

/* Blocks within blocks, in the middle of what is there, the last word without its NUL. */
static void test_args(void)
{
        CLEANUP(fd_closep) int inner = block_of("--talk=a.b\0--see=c.d", 20);
        g_autofree char *words = g_strdup_printf("/p%c--args=%d%c--log", 0, inner, 0);
        CLEANUP(fd_closep) int outer = block_of(words, 3 + strlen(words + 3) + 1 + 5);
        g_autofree char *option = g_strdup_printf("--args=%d", outer);
        char *argv[] = { (char *)"proxy", (char *)"unix:path=/a", (char *)"/x", option, NULL };
        char *split[] = { (char *)"proxy", option, (char *)"--own=e.f", NULL };
        CLEANUP(buffer_clear) Buffer error = BUFFER_INIT;
        Options options = { 0 };

        /* The block begins with a PATH, where an ADDRESS stands. */
        g_assert_cmpint(options_parse(&options, 4, argv, &error), ==, -1);
        options_clear(&options);
        buffer_clear(&error);
        g_assert_cmpint(lseek(outer, 0, SEEK_SET), ==, 0);
        g_assert_cmpint(options_parse(&options, 3, split, &error), ==, -1);
        options_clear(&options);
        g_clear_pointer(&words, g_free);
        words = g_strdup_printf("unix:path=/a%c/p%c--args=%d%c--log", 0, 0, inner, 0);
        CLEANUP(fd_closep) int whole = block_of(words, 13 + 3 + strlen(words + 16) + 1 + 5);
        g_clear_pointer(&option, g_free);
        option = g_strdup_printf("--args=%d", whole);
        split[1] = option;
        buffer_clear(&error);
        g_assert_cmpint(lseek(inner, 0, SEEK_SET), ==, 0);
        g_assert_cmpint(options_parse(&options, 3, split, &error), ==, 0);
        g_assert_cmpuint(options.n_buses, ==, 1);
        g_assert_true(options.buses[0].log);
        g_assert_cmpint(bus_policy_visible(options.buses[0].policy, "a.b"), ==, BUS_ACCESS_TALK);
        g_assert_cmpint(bus_policy_visible(options.buses[0].policy, "c.d"), ==, BUS_ACCESS_SEE);
        g_assert_cmpint(bus_policy_visible(options.buses[0].policy, "e.f"), ==, BUS_ACCESS_OWN);
        options_clear(&options);
}

/* Whatever the socket takes at a time, bytes and descriptors come out as they went in, each with its byte. */
static void test_outbox(void)
{
        enum { N = 40, SIZE = 20000 };
        Outbox outbox = { 0 };
        g_autofree char *bytes = g_malloc(SIZE);
        int pair[2] = { -1, -1 };
        gsize got = 0;
        int n_fds = 0;

        g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), ==, 0);
        for (int i = 0; i < N; i++) {
                FdGroup group = { .n = i % 3 == 0 ? 2 : 0 };

                memset(bytes, i, SIZE);
                for (gsize k = 0; k < group.n; k++)
                        group.fds[k] = open("/dev/null", O_RDONLY | O_CLOEXEC);
                g_assert_cmpint(outbox_write(&outbox, pair[0], bytes, SIZE, &group), ==, 0);
                g_assert_cmpuint(group.n, ==, 0);
        }
        g_assert_cmpuint(outbox_pending(&outbox), >, 0);
        while (got < (gsize)N * SIZE) {
                FdGroup group = { .n = 0 };
                ssize_t n = fd_group_receive(pair[1], bytes, 7777, &group);

                if (n == -EAGAIN) {
                        g_assert_cmpint(outbox_flush(&outbox, pair[0]), ==, 0);
                        continue;
                }
                g_assert_cmpint(n, >, 0);
                for (ssize_t k = 0; k < n; k++)
                        g_assert_cmpint(bytes[k], ==, (char)((got + (gsize)k) / SIZE));
                if (group.n > 0) {
                        /* The message that they came with begins in what was read. */
                        g_assert_cmpuint(group.n, ==, 2);
                        g_assert_cmpuint((got + (gsize)n - 1) / SIZE % 3, ==, 0);
                }
                n_fds += (int)group.n;
                fd_group_close(&group);
                got += (gsize)n;
        }
        g_assert_cmpint(n_fds, ==, 2 * ((N + 2) / 3));
        g_assert_cmpuint(outbox_pending(&outbox), ==, 0);
        close(pair[1]);
        g_assert_cmpint(outbox_write(&outbox, pair[0], bytes, 10, NULL), ==, -EPIPE);
        close(pair[0]);
        outbox_clear(&outbox);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/options/groups", test_groups);
        g_test_add_func("/options/args", test_args);
        g_test_add_func("/outbox", test_outbox);
        return g_test_run();
}
