/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The terminal during a run.
 *
 * Modes.  RAW, the normal one: every key goes to the box's pty, whose line discipline does echo, ^C and ^Z inside.
 * COOKED: our output is a pipe, as in `oriel run ls | less`.  Then another program of the pipeline may own the
 * terminal: it stays as it is, lines are read only while it is in canonical mode, and the pty does not echo a second
 * time. AWAY: we are not in the terminal's foreground.  Nothing is read and no mode is set; output goes on.
 *
 * Late answers.  A terminal answers a query after some time, and a hostile program asks just before it ends: the answer
 * would be typed into the caller's shell.  Where anything was asked, closing sends a query of our own, which the filter
 * never lets pass from inside, and drops all input until its answer: a terminal answers in order. */
#include "front/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/fd.h"
#include "front/relay-filter.h"

#define PING "\033[5n"
#define PONG "\033[0n"

enum {
        CHUNK = 16 * 1024,
        FLUSH_MS = 2000, /* for a terminal that takes nothing */
        PONG_MS = 1000,  /* for one that answers over a slow line, or not at all */
        QUIET_MS = 20,   /* after the answer: nothing should come */
        LOOK_MS = 250,   /* COOKED: how often to see whether the terminal is canonical again */
};

typedef enum TerminalMode { TERMINAL_AWAY, TERMINAL_RAW, TERMINAL_COOKED } TerminalMode;

/* Bytes on their way. */
typedef struct Pending {
        Buffer bytes;
        size_t done;
} Pending;

struct FrontTerminal {
        int tty_fd;  /* a description of our own of the caller's terminal, so that O_NONBLOCK is ours alone */
        int pty_fd;  /* the box's pty: master */
        int peer_fd; /* and slave: while it is open the master does not hang up when the app closes its last */
        bool pipeline, hung_up, pty_ended;
        TerminalMode mode;
        struct termios saved;
        RelayFilter *filter;
        Pending to_tty, to_pty;
};

static bool is_idle(const Pending *pending)
{
        return pending->bytes.n == 0;
}

/* An app that asks the relay and never reads must not fill memory with answers: then its output waits. */
static bool may_read_pty(const FrontTerminal *terminal)
{
        return !terminal->pty_ended && is_idle(&terminal->to_tty) && terminal->to_pty.bytes.n < CHUNK;
}

/* Writes what goes without waiting.  0, or -errno for an end that takes nothing any more. */
static int write_some(Pending *pending, int fd)
{
        while (pending->done < pending->bytes.n) {
                ssize_t n = write(fd, pending->bytes.bytes + pending->done, pending->bytes.n - pending->done);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return errno == EAGAIN ? 0 : -errno;
                pending->done += (size_t)n;
        }
        pending->bytes.n = 0;
        pending->done = 0;
        return 0;
}

static int64_t now_ms(void)
{
        struct timespec now = { 0 };

        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The first terminal among 1, 2, 0, opened anew; a terminal of another user's (after su) can only be shared. */
static int open_tty(void)
{
        static const int order[] = { 1, 2, 0 };

        for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
                char path[32];
                int fd;

                if (!isatty(order[i]))
                        continue;
                (void)snprintf(path, sizeof path, "/proc/self/fd/%d", order[i]);
                fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
                if (fd < 0)
                        fd = fcntl(order[i], F_DUPFD_CLOEXEC, 3);
                return fd < 0 ? -errno : fd;
        }
        return -ENOTTY;
}

static bool stdout_is_pipe(void)
{
        struct stat st;

        return fstat(STDOUT_FILENO, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

static bool terminal_is_utf8(const struct termios *modes)
{
        static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

        if ((modes->c_iflag & IUTF8) != 0)
                return true;
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
                const char *value = getenv(names[i]);

                if (value != NULL && *value != '\0')
                        return strcasestr(value, "utf-8") != NULL || strcasestr(value, "utf8") != NULL;
        }
        return false;
}

/* In the foreground of the terminal; one that is not our controlling terminal has no say in that. */
static bool in_foreground(const FrontTerminal *terminal)
{
        pid_t group = tcgetpgrp(terminal->tty_fd);

        return group < 0 || group == getpgrp();
}

static void set_pty_echo(const FrontTerminal *terminal, bool on)
{
        struct termios modes;

        if (tcgetattr(terminal->pty_fd, &modes) < 0)
                return;
        if (on)
                modes.c_lflag |= ECHO;
        else
                modes.c_lflag &= ~(tcflag_t)ECHO;
        (void)tcsetattr(terminal->pty_fd, TCSANOW, &modes);
}

/* AWAY -> RAW or COOKED, where we are in the foreground. */
static void take_terminal(FrontTerminal *terminal)
{
        struct termios raw;

        if (terminal->mode != TERMINAL_AWAY || !in_foreground(terminal) ||
            tcgetattr(terminal->tty_fd, &terminal->saved) < 0)
                return;
        terminal->mode = TERMINAL_COOKED;
        if (terminal->pipeline) {
                set_pty_echo(terminal, false);
                return;
        }
        raw = terminal->saved;
        cfmakeraw(&raw);
        if (tcsetattr(terminal->tty_fd, TCSADRAIN, &raw) == 0)
                terminal->mode = TERMINAL_RAW;
}

static void leave_terminal(FrontTerminal *terminal, int when)
{
        if (terminal->mode == TERMINAL_RAW && in_foreground(terminal))
                (void)tcsetattr(terminal->tty_fd, when, &terminal->saved);
        terminal->mode = TERMINAL_AWAY;
}

int front_terminal_open(FrontTerminal **ret_terminal, int pty_fd)
{
        CLEANUP(front_terminal_closep) FrontTerminal *terminal = calloc(1, sizeof *terminal);
        struct termios modes = { 0 };
        int flags = fcntl(pty_fd, F_GETFL);

        if (terminal == NULL) {
                (void)fd_close(pty_fd);
                return -ENOMEM;
        }
        terminal->pty_fd = pty_fd;
        terminal->peer_fd = -1;
        terminal->tty_fd = open_tty();
        if (terminal->tty_fd < 0)
                return terminal->tty_fd;
        if (flags < 0 || fcntl(pty_fd, F_SETFL, flags | O_NONBLOCK) < 0 || tcgetattr(terminal->tty_fd, &modes) < 0)
                return -errno;
        terminal->filter = relay_filter_new(terminal_is_utf8(&modes));
        if (terminal->filter == NULL)
                return -ENOMEM;
        terminal->peer_fd = ioctl(pty_fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
        terminal->pipeline = stdout_is_pipe();
        front_terminal_resize(terminal);
        take_terminal(terminal);
        *ret_terminal = STEAL(terminal);
        return 0;
}

/* COOKED: only while the terminal is canonical, or another program's keys would be eaten. */
static bool may_read_tty(const FrontTerminal *terminal)
{
        struct termios modes;

        if (terminal->hung_up || terminal->mode == TERMINAL_AWAY || !is_idle(&terminal->to_pty))
                return false;
        return terminal->mode == TERMINAL_RAW ||
               (tcgetattr(terminal->tty_fd, &modes) == 0 && (modes.c_lflag & ICANON) != 0);
}

int front_terminal_prepare(FrontTerminal *terminal, struct pollfd polls[FRONT_TERMINAL_POLLS])
{
        bool reads = may_read_tty(terminal);
        short tty = (short)((reads ? POLLIN : 0) | (is_idle(&terminal->to_tty) ? 0 : POLLOUT));
        short pty = (short)((may_read_pty(terminal) ? POLLIN : 0) | (is_idle(&terminal->to_pty) ? 0 : POLLOUT));

        /* A negative descriptor is skipped: poll(2) reports hang-ups also where no events are asked for. */
        polls[0] = (struct pollfd){ .fd = terminal->hung_up || tty == 0 ? -1 : terminal->tty_fd, .events = tty };
        polls[1] = (struct pollfd){ .fd = terminal->pty_ended || pty == 0 ? -1 : terminal->pty_fd, .events = pty };
        return terminal->mode == TERMINAL_COOKED && !reads && !terminal->hung_up ? LOOK_MS : -1;
}

static void read_tty(FrontTerminal *terminal)
{
        char bytes[CHUNK];
        ssize_t n = read(terminal->tty_fd, bytes, sizeof bytes);

        if (n > 0) {
                buffer_add(&terminal->to_pty.bytes, bytes, (size_t)n);
        } else if (n == 0 && terminal->mode == TERMINAL_COOKED) {
                buffer_add_byte(&terminal->to_pty.bytes, 'D' - '@'); /* ^D: the pty makes the same of it */
        } else if (n < 0 && errno == EIO && !in_foreground(terminal)) {
                terminal->mode = TERMINAL_AWAY; /* SIGTTIN is ignored: this is its other form */
        } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
                terminal->hung_up = true;
        }
}

/* False: nothing more at the moment. */
static bool read_pty(FrontTerminal *terminal)
{
        char bytes[CHUNK];
        ssize_t n = read(terminal->pty_fd, bytes, sizeof bytes);

        if (n > 0)
                relay_filter_push(terminal->filter, bytes, (size_t)n, &terminal->to_tty.bytes, &terminal->to_pty.bytes);
        else if (n == 0 || (errno != EAGAIN && errno != EINTR))
                terminal->pty_ended = true;
        return n > 0;
}

static void write_tty(FrontTerminal *terminal)
{
        if (write_some(&terminal->to_tty, terminal->tty_fd) < 0) {
                terminal->hung_up = true;
                terminal->to_tty.bytes.n = terminal->to_tty.done = 0;
        }
}

static void write_pty(FrontTerminal *terminal)
{
        if (write_some(&terminal->to_pty, terminal->pty_fd) < 0)
                terminal->to_pty.bytes.n = terminal->to_pty.done = 0;
}

void front_terminal_handle(FrontTerminal *terminal, const struct pollfd polls[FRONT_TERMINAL_POLLS])
{
        if ((polls[0].revents & POLLOUT) != 0)
                write_tty(terminal);
        if ((polls[0].revents & (POLLHUP | POLLERR)) != 0 && (polls[0].revents & POLLIN) == 0)
                terminal->hung_up = true;
        /* Asked again: another program may have taken the terminal while we waited. */
        if ((polls[0].revents & POLLIN) != 0 && may_read_tty(terminal))
                read_tty(terminal);
        if ((polls[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0 && may_read_pty(terminal))
                (void)read_pty(terminal);
        if (!is_idle(&terminal->to_pty))
                write_pty(terminal);
        if (!is_idle(&terminal->to_tty))
                write_tty(terminal);
}

void front_terminal_resize(FrontTerminal *terminal)
{
        struct winsize size;

        if (ioctl(terminal->tty_fd, TIOCGWINSZ, &size) == 0)
                (void)ioctl(terminal->pty_fd, TIOCSWINSZ, &size);
}

void front_terminal_resume(FrontTerminal *terminal)
{
        /* Continued by someone, perhaps in the background; perhaps never stopped. */
        if (terminal->mode != TERMINAL_AWAY && in_foreground(terminal)) {
                struct termios modes;

                /* Stopped by SIGSTOP: the shell has put its own modes on the terminal. */
                if (terminal->mode == TERMINAL_RAW && tcgetattr(terminal->tty_fd, &modes) == 0 &&
                    (modes.c_lflag & ICANON) != 0)
                        terminal->mode = TERMINAL_AWAY;
        } else {
                terminal->mode = TERMINAL_AWAY;
        }
        take_terminal(terminal);
        front_terminal_resize(terminal);
}

void front_terminal_stop(FrontTerminal *terminal)
{
        if (terminal != NULL)
                leave_terminal(terminal, TCSADRAIN);
        (void)kill(getpid(), SIGSTOP);
        if (terminal != NULL)
                front_terminal_resume(terminal);
}

bool front_terminal_is_hung_up(const FrontTerminal *terminal)
{
        return terminal->hung_up;
}

/* Writes all of to_tty, as long as the terminal takes something now and then. */
static void flush_tty(FrontTerminal *terminal)
{
        write_tty(terminal);
        while (!is_idle(&terminal->to_tty) && !terminal->hung_up) {
                struct pollfd poll_tty = { .fd = terminal->tty_fd, .events = POLLOUT };

                if (poll(&poll_tty, 1, FLUSH_MS) <= 0)
                        return;
                write_tty(terminal);
        }
}

/* Drops input until our ping is answered, or the time is over. */
static void drain_answers(FrontTerminal *terminal)
{
        int64_t until = now_ms() + PONG_MS;
        size_t matched = 0;
        bool answered = false;

        buffer_add_text(&terminal->to_tty.bytes, PING);
        flush_tty(terminal);
        for (int64_t left = PONG_MS; left > 0; left = until - now_ms()) {
                struct pollfd poll_tty = { .fd = terminal->tty_fd, .events = POLLIN };
                char bytes[1024];
                ssize_t n;

                if (poll(&poll_tty, 1, answered ? QUIET_MS : (int)left) <= 0)
                        return;
                n = read(terminal->tty_fd, bytes, sizeof bytes);
                if (n <= 0)
                        return;
                for (ssize_t i = 0; i < n && !answered; i++) {
                        matched = bytes[i] == PONG[matched] ? matched + 1 : bytes[i] == PONG[0] ? 1 : 0;
                        answered = matched == sizeof PONG - 1;
                }
        }
}

/* The rest of what the box said.  Everything in it is dead by now, or the caller does not care. */
static void relay_rest(FrontTerminal *terminal)
{
        int64_t until = now_ms() + FLUSH_MS;

        terminal->peer_fd = fd_close(terminal->peer_fd);
        while (!terminal->pty_ended && !terminal->hung_up && now_ms() < until && read_pty(terminal))
                flush_tty(terminal);
        relay_filter_finish(terminal->filter, &terminal->to_tty.bytes);
        flush_tty(terminal);
}

void front_terminal_close(FrontTerminal *terminal)
{
        if (terminal == NULL)
                return;
        if (terminal->filter != NULL) {
                bool asked = relay_filter_asked(terminal->filter);

                relay_rest(terminal);
                if (asked && terminal->mode == TERMINAL_RAW && !terminal->hung_up && in_foreground(terminal))
                        drain_answers(terminal);
                leave_terminal(terminal, asked ? TCSAFLUSH : TCSADRAIN);
        }
        relay_filter_free(terminal->filter);
        buffer_clear(&terminal->to_tty.bytes);
        buffer_clear(&terminal->to_pty.bytes);
        terminal->tty_fd = fd_close(terminal->tty_fd);
        terminal->pty_fd = fd_close(terminal->pty_fd);
        terminal->peer_fd = fd_close(terminal->peer_fd);
        free(terminal);
}
