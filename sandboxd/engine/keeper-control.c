/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The instance's control socket (docs/theory/messages.md, "Anyone of the same user").
 *
 * Who is heard: the instance's own user, from outside every box.  The socket lies in a directory that only that user
 * can enter, and no box has it; should a box come to it all the same, its processes are the same user.  Those of this
 * instance have a number in this pid namespace; those of another have not, but they can't show the user namespace in
 * which the instance was launched. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/fd.h"
#include "base/peer.h"
#include "engine/keeper-loop.h"

static void answer(const Connection *connection, const char *verb, const int *fds, size_t n_fds)
{
        CLEANUP(message_freep) Message *message = message_new(verb);

        if (message != NULL)
                (void)message_send(connection->fd, message, fds, n_fds);
}

static void answer_error(const Connection *connection, const char *step, int error)
{
        CLEANUP(message_freep) Message *message = message_new("error");

        if (message == NULL)
                return;
        message_add(message, "step", step);
        message_add_number(message, "errno", error);
        (void)message_send(connection->fd, message, NULL, 0);
}

void control_on_listener(Keeper *keeper)
{
        CLEANUP(fd_closep)
        int fd = accept4(slots_get(&keeper->instance->slots, "control"), NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

        if (fd < 0 || !peer_is_owner(fd))
                return;
        for (size_t i = 0; i < MAX_CONNECTIONS; i++)
                if (keeper->connections[i].fd < 0) {
                        keeper->connections[i] = (Connection){ .fd = fd_steal(&fd) };
                        keeper_watch(keeper, keeper->connections[i].fd, SOURCE_CONNECTION, i);
                        return;
                }
}

/* A shell without its client ends. */
static void drop(Keeper *keeper, Connection *connection)
{
        if (connection->job != 0)
                program_signal(keeper, connection->job, SIGKILL);
        keeper_unwatch(keeper, connection->fd);
        (void)fd_close(connection->fd);
        *connection = (Connection){ .fd = -1 };
}

static void add_process(Message *message, size_t box, int program, pid_t pid, const char *role, const char *name)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        const char *value;

        buffer_printf(&text, "%zu %d %d %s %s", box, program, (int)pid, role, name);
        value = buffer_text(&text);
        if (value != NULL)
                message_add(message, "process", value);
}

static void on_tree(Keeper *keeper, Connection *connection)
{
        CLEANUP(message_freep) Message *message = message_new("tree");
        const Plan *plan = keeper->instance->plan;
        uint32_t app_box = plan->programs[program_app(keeper)].box;

        if (message == NULL)
                return;
        for (size_t i = 0; i < plan->n_boxes; i++) {
                CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

                buffer_printf(&text, "%zu %u %s %s", i, plan->boxes[i].parent, plan_box_kind_word(plan->boxes[i].kind),
                              plan->boxes[i].name);
                if (buffer_text(&text) != NULL)
                        message_add(message, "box", buffer_text(&text));
        }
        add_process(message, 0, -1, 1, "keeper", "oriel-init");
        for (size_t i = 1; i < plan->n_boxes; i++)
                if (keeper->instance->boxes[i].pid != 0)
                        add_process(message, i, -1, keeper->instance->boxes[i].pid, "init", "oriel-init");
        for (size_t i = 0; i < plan->n_programs; i++)
                if (keeper->programs[i].pid != 0)
                        add_process(message, plan->programs[i].box, (int)i, keeper->programs[i].pid,
                                    plan->programs[i].app ? "app" : "companion", plan->programs[i].name);
        for (size_t i = 0; i < MAX_CONNECTIONS; i++)
                if (keeper->connections[i].fd >= 0 && keeper->connections[i].pid != 0)
                        add_process(message, app_box, -1, keeper->connections[i].pid, "shell", "shell");
        (void)message_send(connection->fd, message, NULL, 0);
}

static void copy_values(Message *to, const Message *from, const char *key)
{
        const char *value;

        for (size_t i = 0; (value = message_get_nth(from, key, i)) != NULL; i++)
                message_add(to, key, value);
}

/* Passes the shell on to the app's box.  Terminals of the client stay outside, as the caller's do for the app. */
static int start_shell(Keeper *keeper, unsigned job, const Message *asked, const int *fds)
{
        CLEANUP(message_freep) Message *message = message_new("start");
        uint32_t box = keeper->instance->plan->programs[program_app(keeper)].box;
        int passed[3], r;
        size_t n = 0;

        if (message == NULL)
                return -ENOMEM;
        message_add_number(message, "job", job);
        for (size_t i = 0; i < 3; i++) {
                const char *tty = message_get_nth(asked, "tty", i);
                bool is_tty = (tty != NULL && strcmp(tty, "1") == 0) || isatty(fds[i]);

                r = is_tty ? 0 : slots_check_stdio(fds[i]);
                if (r < 0)
                        return r;
                message_add(message, "stdio", is_tty ? "terminal" : "given");
                if (!is_tty)
                        passed[n++] = fds[i];
        }
        copy_values(message, asked, "argv");
        copy_values(message, asked, "env");
        copy_values(message, asked, "cwd");
        return keeper_tell_box(keeper, box, message, passed, n);
}

static void on_shell(Keeper *keeper, Connection *connection, const Message *message, const int *fds, size_t n_fds)
{
        int r;

        if (connection->job != 0 || n_fds != 3 || message_get(message, "argv") == NULL) {
                answer_error(connection, "shell", EINVAL);
                return;
        }
        /* First: an init in this process speaks of it at once. */
        connection->job = keeper->next_job++;
        r = keeper->announced ? start_shell(keeper, connection->job, message, fds) : -EAGAIN;
        if (r == 0)
                return;
        connection->job = 0;
        answer_error(connection, "shell", -r);
}

static void on_signal(Keeper *keeper, const Connection *connection, const Message *message)
{
        if (connection->job != 0)
                program_signal(keeper, connection->job, (int)message_get_number(message, "number", 0));
        else
                answer_error(connection, "signal", EINVAL);
}

/* The first message; false: whoever it is, it is not heard. */
static bool on_client(Keeper *keeper, Connection *connection, const Message *message, const int *fds, size_t n_fds)
{
        connection->shown = strcmp(message_verb(message), "client") == 0 && n_fds == 1 &&
                            user_namespace_is(&keeper->instance->outside, fds[0]);
        if (!connection->shown)
                answer_error(connection, "client", EACCES);
        return connection->shown;
}

static void on_message(Keeper *keeper, Connection *connection, const Message *message, const int *fds, size_t n_fds)
{
        const char *verb = message_verb(message);

        if (strcmp(verb, "tree") == 0) {
                on_tree(keeper, connection);
        } else if (strcmp(verb, "watch") == 0) {
                answer(connection, "done", NULL, 0);
        } else if (strcmp(verb, "stop") == 0) {
                answer(connection, "done", NULL, 0);
                program_stop(keeper, message_get_number(message, "grace-ms", STOP_GRACE_MS));
        } else if (strcmp(verb, "kill") == 0) {
                answer(connection, "done", NULL, 0);
                program_kill(keeper);
        } else if (strcmp(verb, "shell") == 0) {
                on_shell(keeper, connection, message, fds, n_fds);
        } else if (strcmp(verb, "signal") == 0) {
                on_signal(keeper, connection, message);
        } else {
                answer_error(connection, verb, ENOSYS);
        }
}

void control_on_connection(Keeper *keeper, size_t index)
{
        Connection *connection = &keeper->connections[index];
        CLEANUP(message_freep) Message *message = NULL;
        int fds[MESSAGE_MAX_FDS], r;
        size_t n_fds = 0;

        if (connection->fd < 0)
                return;
        r = message_receive(connection->fd, &message, fds, &n_fds, NULL);
        if (r == -EAGAIN)
                return;
        if (r <= 0) {
                drop(keeper, connection);
                return;
        }
        if (connection->shown)
                on_message(keeper, connection, message, fds, n_fds);
        else if (!on_client(keeper, connection, message, fds, n_fds))
                drop(keeper, connection);
        for (size_t i = 0; i < n_fds; i++)
                (void)fd_close(fds[i]);
}

static void answer_exit(const Connection *connection, int status, int error)
{
        CLEANUP(message_freep) Message *message = message_new("exit");

        if (message == NULL)
                return;
        message_add_number(message, "status", status);
        if (error != 0)
                message_add_number(message, "errno", error);
        (void)message_send(connection->fd, message, NULL, 0);
}

void control_on_shell(Keeper *keeper, unsigned job, const Message *message, const int *fds, size_t n_fds, pid_t pid)
{
        const char *verb = message_verb(message), *step = message_get(message, "step");
        int error = (int)message_get_number(message, "errno", EIO);
        Connection *connection = NULL;

        for (size_t i = 0; i < MAX_CONNECTIONS; i++)
                if (keeper->connections[i].fd >= 0 && keeper->connections[i].job == job)
                        connection = &keeper->connections[i];
        if (connection == NULL) {
                /* Its client is gone before it began. */
                if (strcmp(verb, "forked") == 0)
                        program_signal(keeper, job, SIGKILL);
                return;
        }
        if (strcmp(verb, "forked") == 0) {
                connection->pid = pid;
        } else if (strcmp(verb, "pty") == 0) {
                answer(connection, "pty", fds, n_fds);
        } else if (strcmp(verb, "failed") == 0 && step != NULL && strcmp(step, "exec") == 0) {
                answer_exit(connection, (error == ENOENT || error == ENOTDIR ? 127 : 126) << 8, error);
                connection->job = 0;
        } else if (strcmp(verb, "failed") == 0) {
                answer_error(connection, step == NULL ? "shell" : step, error);
                connection->job = 0;
        } else if (strcmp(verb, "ended") == 0) {
                answer_exit(connection, (int)message_get_number(message, "status", 0), 0);
                connection->job = 0;
                connection->pid = 0;
        }
}
