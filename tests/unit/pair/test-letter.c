/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "pair/post.h"

static int check(Letter *checked, const Letter *letter, LetterFrom from)
{
        return letter_check(checked, letter, letter_size(letter->type), from, letter->type == LETTER_BUFFER);
}

/* Each type: its own length passes, every other does not; the wrong half may not send it. */
static void test_sizes(void)
{
        g_autofree Letter *letter = g_new0(Letter, 1), *checked = g_new0(Letter, 1);

        for (unsigned type = LETTER_NONE + 1; type < _LETTER_TYPE_MAX; type++) {
                LetterFrom from = letter_from(type),
                           other = from == LETTER_FROM_AGENT ? LETTER_FROM_DAEMON : LETTER_FROM_AGENT;
                size_t n = letter_size(type), n_fds = type == LETTER_BUFFER;

                memset(letter, 0, sizeof *letter);
                letter->type = (uint16_t)type;
                if (type == LETTER_HELLO || type == LETTER_WELCOME)
                        letter->is.hello.version = letter->is.hello.epoch = LETTER_VERSION;
                if (type == LETTER_CURSOR || type == LETTER_ICON)
                        letter->is.icon.w = letter->is.icon.h = 1;
                if (type == LETTER_KEY)
                        letter->is.key.code = 8;
                g_assert_cmpint(letter_check(checked, letter, n, from, n_fds), ==, 0);
                g_assert_cmpint(letter_check(checked, letter, n - 1, from, n_fds), ==, LETTER_FAULT_SIZE);
                g_assert_cmpint(letter_check(checked, letter, n + 1, from, n_fds), ==, LETTER_FAULT_SIZE);
                g_assert_cmpint(letter_check(checked, letter, n, other, n_fds), ==, LETTER_FAULT_TYPE);
                g_assert_cmpint(letter_check(checked, letter, n, from, 1 - n_fds), ==, LETTER_FAULT_DESCRIPTOR);
                letter->slot = LETTER_WINDOWS;
                g_assert_cmpint(letter_check(checked, letter, n, from, n_fds), ==, LETTER_FAULT_SLOT);
        }
        letter->type = _LETTER_TYPE_MAX;
        g_assert_cmpint(letter_check(checked, letter, sizeof *letter, LETTER_FROM_AGENT, 0), ==, LETTER_FAULT_TYPE);
        g_assert_cmpint(letter_check(checked, letter, 3, LETTER_FROM_AGENT, 0), ==, LETTER_FAULT_SIZE);
}

static void test_areas(void)
{
        static const struct {
                Area given, cut;
        } rows[] = {
                { { 1, 2, 3, 4 }, { 1, 2, 3, 4 } },
                { { -40000, 40000, 0, -1 }, { -LETTER_FAR, LETTER_FAR, 1, 1 } },
                { { INT32_MIN, INT32_MAX, INT32_MAX, 65535 },
                  { -LETTER_FAR, LETTER_FAR, LETTER_SIDE_MAX, LETTER_SIDE_MAX } },
        };
        static Letter letter, checked;

        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                letter = (Letter){ .type = LETTER_FRAME, .is.frame.at = rows[i].given };
                g_assert_cmpint(check(&checked, &letter, LETTER_FROM_AGENT), ==, 0);
                g_assert_true(area_equals(&checked.is.frame.at, &rows[i].cut));
        }
}

static void test_fields(void)
{
        static Letter letter, checked;

        letter = (Letter){ .type = LETTER_TITLE, .is.title.n = UINT32_MAX };
        g_assert_cmpint(check(&checked, &letter, LETTER_FROM_AGENT), ==, 0);
        g_assert_cmpuint(checked.is.title.n, ==, LETTER_TEXT_BYTES);
        letter = (Letter){ .type = LETTER_SHAPE, .is.shape.n = 100000 };
        g_assert_cmpint(check(&checked, &letter, LETTER_FROM_AGENT), ==, 0);
        g_assert_cmpuint(checked.is.shape.n, ==, LETTER_SHAPES);
        letter = (Letter){ .type = LETTER_CURSOR, .is.cursor = { .w = 65535, .h = 65535 } };
        g_assert_cmpint(check(&checked, &letter, LETTER_FROM_AGENT), ==, LETTER_FAULT_FIELD);
        letter = (Letter){ .type = LETTER_CURSOR, .is.cursor = { .w = LETTER_CURSOR_SIDE + 1, .h = 1 } };
        g_assert_cmpint(check(&checked, &letter, LETTER_FROM_AGENT), ==, LETTER_FAULT_FIELD);
        letter = (Letter){ .type = LETTER_ICON, .is.icon = { .w = 1, .h = LETTER_ICON_SIDE + 1 } };
        g_assert_cmpint(check(&checked, &letter, LETTER_FROM_AGENT), ==, LETTER_FAULT_FIELD);
        letter = (Letter){ .type = LETTER_CURSOR, .is.cursor = { .w = 8, .h = 8, .x = 9, .y = UINT32_MAX } };
        g_assert_cmpint(check(&checked, &letter, LETTER_FROM_AGENT), ==, 0);
        g_assert_cmpuint(checked.is.cursor.x, ==, 7);
        g_assert_cmpuint(checked.is.cursor.y, ==, 7);
        letter = (Letter){ .type = LETTER_HINTS, .is.hints.kind = _LETTER_KIND_MAX };
        g_assert_cmpint(check(&checked, &letter, LETTER_FROM_AGENT), ==, LETTER_FAULT_FIELD);
        letter = (Letter){ .type = LETTER_HINTS,
                           .is.hints = { .flags = LETTER_HINT_PARENT, .parent_slot = LETTER_WINDOWS } };
        g_assert_cmpint(check(&checked, &letter, LETTER_FROM_AGENT), ==, LETTER_FAULT_SLOT);
        letter = (Letter){ .type = LETTER_HINTS, .is.hints = { .flags = UINT32_MAX, .min_w = -5, .max_w = INT32_MAX } };
        g_assert_cmpint(check(&checked, &letter, LETTER_FROM_AGENT), ==, 0);
        g_assert_cmpuint(checked.is.hints.flags, ==, _LETTER_HINT_ALL);
        g_assert_cmpint(checked.is.hints.min_w, ==, 0);
        g_assert_cmpint(checked.is.hints.max_w, ==, LETTER_SIDE_MAX);
        letter = (Letter){ .type = LETTER_WISH, .is.wish.wish = _LETTER_WISH_MAX };
        g_assert_cmpint(check(&checked, &letter, LETTER_FROM_AGENT), ==, LETTER_FAULT_FIELD);
        letter = (Letter){ .type = LETTER_KEY, .is.key.code = 300 };
        g_assert_cmpint(check(&checked, &letter, LETTER_FROM_DAEMON), ==, LETTER_FAULT_FIELD);
}

static void pair(Post **daemon, Post **agent)
{
        int sockets[2];

        g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), ==, 0);
        *daemon = post_new(&sockets[0], LETTER_FROM_DAEMON);
        *agent = post_new(&sockets[1], LETTER_FROM_AGENT);
}

/* A reader that sleeps: moves of the pointer become one, and the sender is told when it is too much. */
static void test_queue(void)
{
        CLEANUP(post_freep) Post *daemon = NULL, *agent = NULL;
        static Letter letter, got;
        int fd = -1, n = 0;

        pair(&daemon, &agent);
        letter = (Letter){ .type = LETTER_KEY, .is.key.code = 9 };
        while (!post_waits(daemon))
                post_send(daemon, &letter, -1);
        letter.type = LETTER_POINTER;
        for (int i = 0; i < 3 * POST_WAITING_MAX; i++) {
                letter.is.pointer.x = i;
                letter.is.pointer.button = 0;
                post_send(daemon, &letter, -1);
        }
        g_assert_cmpint(post_fault(daemon), ==, 0);
        while (post_receive(agent, &got, &fd) > 0) {
                n += got.type == LETTER_POINTER;
                post_flush(daemon);
        }
        g_assert_cmpint(n, ==, 1);
        g_assert_cmpint(got.is.pointer.x, ==, 3 * POST_WAITING_MAX - 1);
        letter.type = LETTER_KEY;
        letter.is.key.code = 9;
        for (int i = 0; i < 3 * POST_WAITING_MAX; i++)
                post_send(daemon, &letter, -1);
        g_assert_cmpint(post_fault(daemon), ==, -ENOBUFS);
}

static void test_descriptor(void)
{
        CLEANUP(post_freep) Post *daemon = NULL, *agent = NULL;
        CLEANUP(fd_closep) int fd = -1;
        static Letter letter, got;

        pair(&daemon, &agent);
        letter = (Letter){ .type = LETTER_BUFFER, .is.buffer.bytes = 65536 };
        post_send(daemon, &letter, dup(0));
        g_assert_cmpint(post_receive(agent, &got, &fd), ==, 1);
        g_assert_cmpint(fd, >=, 0);
}

/* What comes with no meaning is dropped, its descriptors too; and nobody may send it for ever. */
static void test_nonsense(void)
{
        CLEANUP(post_freep) Post *daemon = NULL;
        CLEANUP(fd_closep) int end = -1;
        static Letter got;
        int sockets[2], fd = -1;

        g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), ==, 0);
        end = sockets[1];
        daemon = post_new(&sockets[0], LETTER_FROM_DAEMON);
        for (int i = 0; i < 5000 && post_fault(daemon) == 0; i++) {
                (void)send(end, "?", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
                g_assert_cmpint(post_receive(daemon, &got, &fd), ==, 0);
                g_assert_cmpint(fd, ==, -1);
        }
        g_assert_cmpint(post_fault(daemon), ==, -EPROTO);
}

static void test_end(void)
{
        CLEANUP(post_freep) Post *daemon = NULL, *agent = NULL;
        static Letter got;
        int fd = -1;

        pair(&daemon, &agent);
        post_free(STEAL(agent));
        g_assert_cmpint(post_receive(daemon, &got, &fd), ==, 0);
        g_assert_cmpint(post_fault(daemon), ==, -EPIPE);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/letter/sizes", test_sizes);
        g_test_add_func("/letter/areas", test_areas);
        g_test_add_func("/letter/fields", test_fields);
        g_test_add_func("/post/queue", test_queue);
        g_test_add_func("/post/descriptor", test_descriptor);
        g_test_add_func("/post/nonsense", test_nonsense);
        g_test_add_func("/post/end", test_end);
        return g_test_run();
}
