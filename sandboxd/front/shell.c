/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "front/shell.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/message.h"
#include "front/signals.h"
#include "front/status.h"
#include "front/terminal.h"

enum { STARTING_TRIES = 200 };
static const struct timespec starting_pause = { .tv_nsec = 50 * 1000 * 1000 };

typedef struct Shell {
        const FrontShell *request;
        int tries;
        int socket;
        int status; /* -1: not known yet */
        FrontTerminal *terminal;
        FrontSignals signals;
        Buffer errors;
} Shell;

static void take_fds(Shell *shell, const Message *message, int *fds, size_t n_fds)
{
        size_t first = 0;

        if (n_fds > 0 && shell->terminal == NULL && strcmp(message_verb(message), "pty") == 0) {
                int r = front_terminal_open(&shell->terminal, fds[first++]);

                if (r < 0)
                        front_error_sentence("terminal", NULL, -r, &shell->errors);
        }
        for (size_t i = first; i < n_fds; i++)
                (void)fd_close(fds[i]);
}

/* The request, with our 0, 1 and 2. */
static int send_request(const FrontShell *shell)
{
        static const int fds[] = { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO };
        CLEANUP(message_freep) Message *message = message_new("shell");

        if (message == NULL)
                return -ENOMEM;
        for (const char *const *argument = shell->argv; *argument != NULL; argument++)
                message_add(message, "argv", *argument);
        for (const char *const *entry = shell->env; entry != NULL && *entry != NULL; entry++)
                message_add(message, "env", *entry);
        if (shell->cwd != NULL)
                message_add(message, "cwd", shell->cwd);
        for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
                message_add(message, "tty", isatty(fds[i]) ? "1" : "0");
        return message_send(shell->control, message, fds, sizeof fds / sizeof *fds);
}

/* An instance that is still starting is asked again. */
static bool try_again(Shell *shell, const Message *error)
{
        if (message_get_number(error, "errno", 0) != EAGAIN || shell->tries++ >= STARTING_TRIES)
                return false;
        (void)nanosleep(&starting_pause, NULL);
        return send_request(shell->request) == 0;
}

static void on_keeper(Shell *shell)
{
        CLEANUP(message_freep) Message *message = NULL;
        int fds[MESSAGE_MAX_FDS];
        size_t n_fds = 0;
        int r = message_receive(shell->socket, &message, fds, &n_fds, NULL);

        if (r == -EAGAIN || r == -EINVAL || r == -EMSGSIZE)
                return;
        if (r <= 0) {
                buffer_add_text(&shell->errors, "oriel: shell: the instance ended\n");
                shell->status = FRONT_STATUS_FAILED;
                return;
        }
        take_fds(shell, message, fds, n_fds);
        if (strcmp(message_verb(message), "exit") == 0) {
                shell->status =
                        front_status_of_wait((int)message_get_number(message, "status", FRONT_STATUS_FAILED << 8));
        } else if (strcmp(message_verb(message), "error") == 0 && !try_again(shell, message)) {
                front_error_print(message, &shell->errors);
                shell->status = front_status_of_error(message);
        }
}

/* Signals that would end us do, with the terminal as it was; the keeper ends the command when the socket closes. */
static void on_signal(Shell *shell)
{
        int number = front_signals_take(&shell->signals);

        if (number == 0)
                return;
        if (!front_signal_is_own(number))
                shell->status = FRONT_STATUS_SIGNAL + number;
        else if (number == SIGTSTP)
                front_terminal_stop(shell->terminal);
        else if (shell->terminal != NULL && number == SIGWINCH)
                front_terminal_resize(shell->terminal);
        else if (shell->terminal != NULL)
                front_terminal_resume(shell->terminal);
}

static void turn(Shell *shell)
{
        struct pollfd polls[2 + FRONT_TERMINAL_POLLS] = {
                { .fd = shell->signals.fd, .events = POLLIN },
                { .fd = shell->socket, .events = POLLIN },
        };
        bool had_terminal = shell->terminal != NULL;
        int wait = had_terminal ? front_terminal_prepare(shell->terminal, polls + 2) : -1;

        if (poll(polls, had_terminal ? 2 + FRONT_TERMINAL_POLLS : 2, wait) < 0)
                return;
        if (polls[0].revents != 0)
                on_signal(shell);
        if (polls[1].revents != 0)
                on_keeper(shell);
        if (had_terminal) {
                front_terminal_handle(shell->terminal, polls + 2);
                if (front_terminal_is_hung_up(shell->terminal))
                        shell->status = FRONT_STATUS_SIGNAL + SIGHUP;
        }
}

int front_shell(const FrontShell *shell)
{
        Shell run = { .request = shell, .socket = shell->control, .status = -1 };
        int r;

        front_signals_open(&run.signals);
        r = send_request(shell);
        if (r == 0 && run.signals.fd < 0)
                r = -EMFILE;
        if (r < 0) {
                front_error_sentence("shell", NULL, -r, &run.errors);
                run.status = FRONT_STATUS_FAILED;
        }
        while (run.status < 0)
                turn(&run);
        front_terminal_close(run.terminal);
        if (run.errors.n > 0 && !run.errors.failed)
                (void)fd_write_all(STDERR_FILENO, run.errors.bytes, run.errors.n);
        buffer_clear(&run.errors);
        front_signals_close(&run.signals);
        return run.status;
}
