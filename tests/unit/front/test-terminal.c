/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The front end on a terminal: two pairs of pseudo-terminals, the caller's and the box's.  front_run() runs in a child
 * whose controlling terminal the caller's is; this process is the person and the terminal emulator. */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/fd.h"
#include "fake-keeper.h"
#include "front/front.h"

enum { WAIT_MS = 5000 };

typedef struct Scene {
        int screen; /* master of the caller's terminal */
        pid_t front;
} Scene;

/* The box's side: opens a pty, hands the master over, then plays the app on the slave. */
typedef int (*App)(int slave, int socket);

static int play_keeper(int socket, void *data)
{
        App app = *(App *)data;
        int master = -1, slave = -1, status;
        struct termios modes;
        g_autofree char *text = NULL;

        if (openpty(&master, &slave, NULL, NULL, NULL) < 0)
                return 96;
        tcgetattr(slave, &modes);
        cfmakeraw(&modes);
        tcsetattr(slave, TCSANOW, &modes);
        fake_keeper_say(socket, "pty", &master, 1, NULL, NULL);
        close(master);
        status = app(slave, socket);
        close(slave);
        text = g_strdup_printf("%d", status << 8);
        fake_keeper_say(socket, "exit", NULL, 0, "app", "1", "status", text, NULL);
        return 0;
}

/* stdout_fd: -1: the terminal too. */
static void start(Scene *scene, App app, int stdout_fd)
{
        const struct winsize size = { .ws_row = 33, .ws_col = 77 };

        scene->front = forkpty(&scene->screen, NULL, NULL, &size);
        g_assert_cmpint(scene->front, >=, 0);
        if (scene->front == 0) {
                FakeKeeper keeper;
                FrontConfig config;

                if (stdout_fd >= 0)
                        dup2(stdout_fd, STDOUT_FILENO);
                fake_keeper_start(&keeper, play_keeper, &app);
                config = fake_keeper_config(&keeper);
                _exit(front_run(&config));
        }
}

static int end(Scene *scene)
{
        int status = 0;

        g_assert_cmpint(waitpid(scene->front, &status, 0), ==, scene->front);
        scene->screen = fd_close(scene->screen);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* What the screen shows, until it holds want. */
static char *see(const Scene *scene, const char *want)
{
        g_autoptr(GString) seen = g_string_new(NULL);

        while (strstr(seen->str, want) == NULL) {
                struct pollfd screen = { .fd = scene->screen, .events = POLLIN };
                char bytes[4096];
                ssize_t n;

                g_assert_cmpint(poll(&screen, 1, WAIT_MS), ==, 1);
                n = read(scene->screen, bytes, sizeof bytes);
                if (n <= 0)
                        g_error("the terminal closed after: %s", seen->str);
                g_string_append_len(seen, bytes, n);
        }
        return g_string_free(g_steal_pointer(&seen), FALSE);
}

static void type(const Scene *scene, const char *keys)
{
        g_assert_cmpint(fd_write_all(scene->screen, keys, strlen(keys)), ==, 0);
}

static gboolean is_raw(const Scene *scene)
{
        struct termios modes;

        g_assert_cmpint(tcgetattr(scene->screen, &modes), ==, 0);
        return (modes.c_lflag & (ICANON | ECHO | ISIG)) == 0;
}

static int say(int slave, const char *text)
{
        return fd_write_all(slave, text, strlen(text));
}

static int app_echo(int slave, int socket G_GNUC_UNUSED)
{
        char key = 0;

        say(slave, "\033[31mhello\033]52;c;QQ==\a\033[0m>");
        if (read(slave, &key, 1) != 1)
                return 1;
        return key;
}

/* Colour passes, the clipboard does not; ^C is a byte for the app; the terminal is as it was. */
static void test_relay(void)
{
        Scene scene;
        g_autofree char *seen = NULL;

        start(&scene, app_echo, -1);
        seen = see(&scene, ">");
        g_assert_cmpstr(seen, ==, "\033[31mhello\033[0m>");
        g_assert_true(is_raw(&scene));
        type(&scene, "\003");
        waitid(P_PID, (id_t)scene.front, &(siginfo_t){ 0 }, WEXITED | WNOWAIT);
        g_assert_false(is_raw(&scene));
        g_assert_cmpint(end(&scene), ==, 3);
}

static int app_size(int slave, int socket G_GNUC_UNUSED)
{
        struct winsize size = { 0 };
        char key;

        for (int i = 0; i < 100 && size.ws_row != 33; i++, g_usleep(10000))
                ioctl(slave, TIOCGWINSZ, &size);
        dprintf(slave, "%dx%d.", size.ws_row, size.ws_col);
        if (read(slave, &key, 1) != 1)
                return 1;
        for (int i = 0; i < 100 && size.ws_row != 50; i++, g_usleep(10000))
                ioctl(slave, TIOCGWINSZ, &size);
        dprintf(slave, "%dx%d.", size.ws_row, size.ws_col);
        return 0;
}

static void test_size(void)
{
        const struct winsize larger = { .ws_row = 50, .ws_col = 132 };
        Scene scene;
        g_autofree char *before = NULL, *after = NULL;

        start(&scene, app_size, -1);
        before = see(&scene, ".");
        g_assert_cmpstr(before, ==, "33x77.");
        g_assert_cmpint(ioctl(scene.screen, TIOCSWINSZ, &larger), ==, 0);
        type(&scene, "x");
        after = see(&scene, ".");
        g_assert_cmpstr(after, ==, "50x132.");
        g_assert_cmpint(end(&scene), ==, 0);
}

static int app_ask_and_go(int slave, int socket G_GNUC_UNUSED)
{
        /* Its own ping is answered by the relay, so that it can't cut our drain short. */
        say(slave, "\033[?1049h\033[?25l\033[5n\033[c\033[>q");
        return 0;
}

/* The terminal answers late: nothing of that is left to read for whoever has it next. */
static void test_late_answers(void)
{
        Scene scene;
        g_autofree char *seen = NULL;
        char left[64];
        int slave;

        start(&scene, app_ask_and_go, -1);
        seen = see(&scene, "\033[5n");
        g_assert_nonnull(strstr(seen, "\033[?25h\033[?1049l\033[5n"));
        slave = ioctl(scene.screen, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_NONBLOCK);
        g_usleep(50 * 1000);
        type(&scene, "\033[?62;22c\033P>|evil\nrm -rf ~\n\033\\");
        type(&scene, "\033[0n");
        g_assert_cmpint(waitid(P_PID, (id_t)scene.front, &(siginfo_t){ 0 }, WEXITED | WNOWAIT), ==, 0);
        g_assert_cmpint(read(slave, left, sizeof left), <, 0);
        g_assert_cmpint(errno, ==, EAGAIN);
        close(slave);
        g_assert_cmpint(end(&scene), ==, 0);
}

static int app_wait_signal(int slave, int socket)
{
        CLEANUP(message_freep) Message *message = NULL;

        say(slave, ">");
        message = fake_keeper_hear(socket);
        return message == NULL ? 1 : (int)message_get_number(message, "number", 2);
}

/* The window closes: the app gets SIGHUP. */
static void test_hangup(void)
{
        Scene scene;
        g_autofree char *seen = NULL;

        start(&scene, app_wait_signal, -1);
        seen = see(&scene, ">");
        scene.screen = fd_close(scene.screen);
        g_assert_cmpint(end(&scene), ==, SIGHUP);
}

static int app_wait_key(int slave, int socket G_GNUC_UNUSED)
{
        char key = 0;

        say(slave, ">");
        return read(slave, &key, 1) == 1 && key == 'k' ? 0 : 1;
}

/* Stopped from outside: the terminal is the shell's meanwhile, and raw again afterwards. */
static void test_stop(void)
{
        Scene scene;
        g_autofree char *seen = NULL;
        int status = 0;

        start(&scene, app_wait_key, -1);
        seen = see(&scene, ">");
        g_assert_cmpint(kill(scene.front, SIGTSTP), ==, 0);
        g_assert_cmpint(waitpid(scene.front, &status, WUNTRACED), ==, scene.front);
        g_assert_true(WIFSTOPPED(status));
        g_assert_false(is_raw(&scene));
        g_assert_cmpint(kill(scene.front, SIGCONT), ==, 0);
        for (int i = 0; i < 200 && !is_raw(&scene); i++)
                g_usleep(10000);
        g_assert_true(is_raw(&scene));
        type(&scene, "k");
        g_assert_cmpint(end(&scene), ==, 0);
}

static int app_read_line(int slave, int socket G_GNUC_UNUSED)
{
        char bytes[16] = { 0 };

        say(slave, ">");
        if (read(slave, bytes, sizeof bytes - 1) <= 0)
                return 1;
        return strcmp(bytes, "yes\n") == 0 ? 0 : 2;
}

/* `oriel run x | less`: the terminal is not ours alone, so it stays as it is; keys are less's while it is raw. */
static void test_pipeline(void)
{
        Scene scene;
        g_autofree char *seen = NULL;
        struct termios modes, less;
        int pipe_fds[2];

        g_assert_cmpint(pipe2(pipe_fds, O_CLOEXEC), ==, 0);
        start(&scene, app_read_line, pipe_fds[1]);
        seen = see(&scene, ">");
        g_assert_cmpint(tcgetattr(scene.screen, &modes), ==, 0);
        g_assert_true((modes.c_lflag & ICANON) != 0);
        less = modes;
        less.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        g_assert_cmpint(tcsetattr(scene.screen, TCSANOW, &less), ==, 0);
        g_usleep(400 * 1000);
        type(&scene, "q");
        g_usleep(100 * 1000);
        g_assert_cmpint(tcsetattr(scene.screen, TCSAFLUSH, &modes), ==, 0);
        {
                int slave = ioctl(scene.screen, TIOCGPTPEER, O_RDWR | O_NOCTTY);

                tcflush(slave, TCIFLUSH); /* less has read its key */
                close(slave);
        }
        type(&scene, "yes\n");
        g_assert_cmpint(end(&scene), ==, 0);
        close(pipe_fds[0]);
        close(pipe_fds[1]);
}

static int app_flood(int slave, int socket G_GNUC_UNUSED)
{
        for (int i = 0; i < 20000; i++)
                if (dprintf(slave, "line %d\r\n", i) < 0)
                        return 1;
        return 0;
}

/* Output that is longer than any buffer arrives whole, also what stood in the pty when everything had ended. */
static void test_flood(void)
{
        Scene scene;
        g_autofree char *seen = NULL;

        start(&scene, app_flood, -1);
        seen = see(&scene, "line 19999\r\n");
        g_assert_nonnull(strstr(seen, "line 10000\r\n"));
        g_assert_cmpint(end(&scene), ==, 0);
}

int main(int argc, char **argv)
{
        signal(SIGHUP, SIG_IGN); /* of the terminals that are closed here */
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/terminal/relay", test_relay);
        g_test_add_func("/terminal/size", test_size);
        g_test_add_func("/terminal/late-answers", test_late_answers);
        g_test_add_func("/terminal/hangup", test_hangup);
        g_test_add_func("/terminal/stop", test_stop);
        g_test_add_func("/terminal/pipeline", test_pipeline);
        g_test_add_func("/terminal/flood", test_flood);
        return g_test_run();
}
