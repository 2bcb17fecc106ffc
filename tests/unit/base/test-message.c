/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/message.h"

#define BYTES(s) s, sizeof(s)

static const struct Row {
        const char *path, *bytes;
        size_t n;
        int want;
} rows[] = {
        { "/message/verb-only", BYTES("stop"), 0 },
        { "/message/fields", BYTES("shell\0argv=ls\0argv=-l\0cwd="), 0 },
        { "/message/empty", "", 0, -EINVAL },
        { "/message/no-verb", BYTES(""), -EINVAL },
        { "/message/capital", BYTES("Stop"), -EINVAL },
        { "/message/no-end", "stop", 4, -EINVAL },
        { "/message/no-sign", BYTES("stop\0now"), -EINVAL },
        { "/message/no-key", BYTES("stop\0=1"), -EINVAL },
        { "/message/bad-key", BYTES("stop\0a b=1"), -EINVAL },
};

static void test_row(const void *data)
{
        const struct Row *row = data;
        CLEANUP(message_freep) Message *message = NULL;

        g_assert_cmpint(message_decode(&message, row->bytes, row->n), ==, row->want);
        g_assert_true((message != NULL) == (row->want == 0));
}

static void test_round(void)
{
        CLEANUP(message_freep) Message *out = message_new("shell"), *in = NULL;
        CLEANUP(fd_closep) int a = -1, b = -1;
        int pair[2], fds[MESSAGE_MAX_FDS], null = open("/dev/null", O_RDONLY | O_CLOEXEC), pid = 0, on = 1;
        size_t n_fds = 0;

        g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), ==, 0);
        a = pair[0];
        b = pair[1];
        g_assert_cmpint(setsockopt(b, SOL_SOCKET, SO_PASSCRED, &on, sizeof on), ==, 0);
        message_add(out, "argv", "a=b");
        message_add(out, "argv", "");
        message_add_number(out, "cwd", -12);
        g_assert_cmpint(message_send(a, out, &null, 1), ==, 0);
        g_assert_cmpint(message_receive(b, &in, fds, &n_fds, &pid), ==, 1);
        g_assert_cmpstr(message_verb(in), ==, "shell");
        g_assert_cmpstr(message_get_nth(in, "argv", 0), ==, "a=b");
        g_assert_cmpstr(message_get_nth(in, "argv", 1), ==, "");
        g_assert_null(message_get_nth(in, "argv", 2));
        g_assert_cmpint(message_get_number(in, "cwd", 7), ==, -12);
        g_assert_cmpint(message_get_number(in, "argv", 7), ==, 7);
        g_assert_cmpuint(n_fds, ==, 1);
        g_assert_cmpint(fcntl(fds[0], F_GETFD) & FD_CLOEXEC, ==, FD_CLOEXEC);
        g_assert_cmpint(pid, ==, getpid());
        close(fds[0]);
        close(null);
        a = fd_close(a);
        message_free(STEAL(in));
        g_assert_cmpint(message_receive(b, &in, NULL, NULL, NULL), ==, 0);
}

/* A peer that ends without having read what it was sent: its last message arrives all the same. */
static void test_last_words(void)
{
        CLEANUP(message_freep) Message *out = message_new("exit"), *in = NULL;
        int pair[2];

        g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), ==, 0);
        g_assert_cmpint(message_send(pair[0], out, NULL, 0), ==, 0);
        g_assert_cmpint(message_send(pair[1], out, NULL, 0), ==, 0);
        close(pair[0]);
        g_assert_cmpint(message_receive(pair[1], &in, NULL, NULL, NULL), ==, 1);
        message_free(STEAL(in));
        g_assert_cmpint(message_receive(pair[1], &in, NULL, NULL, NULL), ==, 0);
        close(pair[1]);
}

static void test_refuse(void)
{
        CLEANUP(message_freep) Message *bad = message_new("Bad"), *key = message_new("good");
        int pair[2];

        g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), ==, 0);
        g_assert_cmpint(message_send(pair[0], bad, NULL, 0), ==, -EINVAL);
        message_add(key, "a=b", "c");
        g_assert_cmpint(message_send(pair[0], key, NULL, 0), ==, -EINVAL);
        close(pair[0]);
        close(pair[1]);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        g_test_add_func("/message/round", test_round);
        g_test_add_func("/message/last-words", test_last_words);
        g_test_add_func("/message/refuse", test_refuse);
        return g_test_run();
}
