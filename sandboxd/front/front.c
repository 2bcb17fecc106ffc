/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The front end's loop: one poll(2) over the signals, the keeper, the terminal and the hub.
 *
 *      STARTING   the keeper builds boxes and starts programs
 *          ends   `ready` -> RUNNING; `error`, the app's `exit`, or the keeper's end -> STOPPING
 *      RUNNING    the app runs; the instance's `info` says so
 *          ends   the app's `exit`, or the keeper's end -> STOPPING
 *      STOPPING   the status is known; the keeper ends what is left, and itself
 *          ends   the keeper is dead -> over; at the deadline it is killed, and its pid namespace with it
 *          never  take another status
 *
 * Nothing returns from here while a process of the app lives: the keeper is pid 1 of their namespace, and its end is
 * reported only after theirs (pid_namespaces(7)); or it says that it is alone in it. */
#include "front/front.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/message.h"
#include "base/prefix.h"
#include "base/rest.h"
#include "front/hub.h"
#include "front/limit.h"
#include "front/log.h"
#include "front/settle.h"
#include "front/signals.h"
#include "front/status.h"
#include "front/terminal.h"
#include "instance/group.h"
#include "instance/instance.h"
#include "instance/portal.h"

enum {
        PUBLISH_MS = 50, /* a state that is over sooner is not written down: each is a file renamed */
        LIST_MS = 20,    /* nor is an instance whose directory is still to be made */
        GRACE_MS = 3000, /* for the keeper to end what is left, after the app's end */
        POLL_SIGNALS = 0,
        POLL_KEEPER,
        POLL_KEEPER_END,
        POLL_LOG,
        POLL_TERMINAL,
        POLL_HUB = POLL_TERMINAL + FRONT_TERMINAL_POLLS,
        N_POLLS = POLL_HUB + FRONT_HUB_POLLS,
};

typedef struct Front {
        const FrontConfig *config;
        FrontConfig own;         /* that is it */
        FrontTerminal *terminal; /* NULL: no pty */
        FrontHub *hub;
        FrontLog log;
        InstanceInfo info; /* .app NULL: none could be read */
        FrontSignals *signals;
        int status;                               /* -1: not known yet */
        int64_t deadline_ms, publish_ms, list_ms; /* 0: none */
        Rest rest;
        bool keeper_talks, keeper_lives, hangup_told, ready, speaks;
        Buffer errors; /* printed when the terminal is the caller's again */
} Front;

static int64_t now_ms(void)
{
        struct timespec now = { 0 };

        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Opening catalogues is a good part of a short launch, of which most have nothing to say. */
static void speak(Front *front)
{
        if (!front->speaks && front->config->prefix != NULL)
                prefix_choose_language(front->config->prefix);
        front->speaks = true;
}

static void say_error(Front *front, const char *step, int error)
{
        speak(front);
        front_error_sentence(step, NULL, error, &front->errors);
}

static void publish(Front *front, InstanceState state)
{
        front->publish_ms = 0;
        if (front->info.app == NULL)
                return;
        front->info.state = state;
        (void)instance_info_write(&front->info, front->config->instances_fd);
}

static void publish_soon(Front *front, InstanceState state)
{
        front->info.state = state;
        front->publish_ms = now_ms() + PUBLISH_MS;
}

static void stop_with(Front *front, int status)
{
        if (front->status >= 0)
                return;
        front->status = status;
        front->deadline_ms = now_ms() + GRACE_MS;
        front->list_ms = 0;
        if (front->config->flatpak_fd >= 0)
                (void)instance_portal_withdraw(&front->info, front->config->instances_fd, front->config->flatpak_fd);
        publish_soon(front, INSTANCE_STOPPING);
}

static void tell_keeper(const Front *front, const char *verb, const char *key, int64_t number)
{
        CLEANUP(message_freep) Message *message = message_new(verb);

        if (message == NULL)
                return;
        message_add_number(message, key, number);
        /* A keeper that is gone says so on its own descriptor. */
        (void)message_send(front->config->keeper_socket, message, NULL, 0);
}

static void on_pty(Front *front, int *fds, size_t n_fds)
{
        if (n_fds > 0 && front->terminal == NULL) {
                int r = front_terminal_open(&front->terminal, fds[0]);

                if (r < 0)
                        say_error(front, "terminal", -r);
                fds[0] = -1; /* the terminal's, or closed */
        }
        for (size_t i = 0; i < n_fds; i++)
                (void)fd_close(fds[i]);
}

static void on_error(Front *front, const Message *message)
{
        /* The first is the cause; those after it are its consequences. */
        if (front->status >= 0)
                return;
        speak(front);
        front_error_print(message, &front->errors);
        stop_with(front, front_status_of_error(message));
}

static const char *name_for_person(const Front *front)
{
        const char *profile = front->info.profile != NULL ? front->info.profile : front->config->profile;

        return profile != NULL ? profile : front->config->app;
}

/* Only as long as nothing runs but what Oriel chose: an app without a terminal writes into the same log. */
static void add_last_words(Front *front, const char *program)
{
        const char *words;

        front_log_handle(&front->log);
        words = front->ready ? NULL : front_log_last_words(&front->log, program);
        if (words == NULL)
                return;
        buffer_add_text(&front->errors, "It said: ");
        buffer_add_escaped(&front->errors, words);
        buffer_add_byte(&front->errors, '\n');
}

static void on_exit(Front *front, const Message *message)
{
        const char *program = message_get(message, "program");
        int status = (int)message_get_number(message, "status", -1);

        if (front->status >= 0)
                return;
        if (message_get_number(message, "app", 0) == 1) {
                FrontLimit limit = front_limit_of(message_get(message, "limit"), status,
                                                  instance_group_oom_kills(front->config->cgroup_fd));

                if (limit != FRONT_LIMIT_NONE)
                        speak(front);
                front_limit_print(limit, name_for_person(front), &front->config->budget, &front->errors);
                /* Whatever it made of the TERM before: it did not come to its own end. */
                if (limit == FRONT_LIMIT_TIME)
                        status = SIGKILL;
                stop_with(front, status < 0 ? FRONT_STATUS_FAILED : front_status_of_wait(status));
                /* Nothing lives in there but the keeper, whose last act this was.  Its end takes the kernel longer than
                 * all else here (two grace periods for its mounts), and nobody could tell the difference. */
                if (message_get_number(message, "alone", 0) == 1)
                        front->keeper_lives = false;
        } else if (message_get_number(message, "essential", 0) == 1) {
                buffer_add_text(&front->errors, "oriel: ");
                buffer_add_escaped(&front->errors, program == NULL ? "companion" : program);
                buffer_printf(&front->errors, WIFSIGNALED(status) ? ": ended by signal %d" : ": ended with status %d",
                              WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
                buffer_add_text(&front->errors, ", and the app can't go on without it\n");
                if (program != NULL)
                        add_last_words(front, program);
                if (program != NULL && front_companion_hint(program) != NULL)
                        buffer_printf(&front->errors, "%s\n", front_companion_hint(program));
                buffer_printf(&front->errors, "Its messages are in `oriel log %s`.\n", front->config->id);
                stop_with(front, FRONT_STATUS_FAILED);
        }
}

/* The app's box is made, init its first process; no program runs yet. */
static void on_init(Front *front, pid_t init)
{
        const FrontConfig *config = front->config;
        int r;

        if (config->flatpak_fd < 0 || front->info.app == NULL || front->info.portal != 0 || front->status >= 0)
                return;
        r = instance_portal_publish(&front->info, config->instances_fd, config->flatpak_fd, config->identity,
                                    config->n_identity, init);
        if (r < 0)
                say_error(front, "portal identity", -r);
}

static void reap_keeper(Front *front);

static void on_keeper(Front *front)
{
        CLEANUP(message_freep) Message *message = NULL;
        int fds[MESSAGE_MAX_FDS], pid = 0;
        size_t n_fds = 0;
        int r = message_receive(front->config->keeper_socket, &message, fds, &n_fds, &pid);
        const char *verb;

        if (r == -EAGAIN || r == -EINVAL || r == -EMSGSIZE)
                return;
        if (r <= 0) {
                front->keeper_talks = false;
                front->deadline_ms = now_ms() + GRACE_MS;
                if (front->config->keeper_pidfd < 0)
                        reap_keeper(front);
                return;
        }
        verb = message_verb(message);
        if (strcmp(verb, "pty") == 0) {
                on_pty(front, fds, n_fds);
                return;
        }
        for (size_t i = 0; i < n_fds; i++)
                (void)fd_close(fds[i]);
        if (strcmp(verb, "ready") == 0 || message_get_number(message, "ready", 0) == 1) {
                front->ready = true;
                publish(front, INSTANCE_RUNNING);
        } else if (strcmp(verb, "init") == 0)
                on_init(front, pid);
        else if (strcmp(verb, "error") == 0)
                on_error(front, message);
        else if (strcmp(verb, "exit") == 0)
                on_exit(front, message);
        if (front->config->verbose && front->terminal == NULL)
                (void)dprintf(STDERR_FILENO, "oriel: %s %s\n", verb,
                              message_get(message, "program") == NULL ? "" : message_get(message, "program"));
}

static void on_signal(Front *front)
{
        int number = front_signals_take(front->signals);

        if (number == 0)
                return;
        if (!front_signal_is_own(number))
                tell_keeper(front, "signal", "number", number);
        else if (number == SIGTSTP)
                front_terminal_stop(front->terminal);
        else if (front->terminal != NULL && number == SIGWINCH)
                front_terminal_resize(front->terminal);
        else if (front->terminal != NULL)
                front_terminal_resume(front->terminal);
}

/* The person's terminal is gone: what a shell does to its jobs, and then no mercy. */
static void check_hangup(Front *front)
{
        if (front->terminal == NULL || front->hangup_told || !front_terminal_is_hung_up(front->terminal))
                return;
        front->hangup_told = true;
        tell_keeper(front, "signal", "number", SIGHUP);
        tell_keeper(front, "stop", "grace-ms", GRACE_MS);
}

static int pidfd_signal(int pidfd, int number)
{
        return (int)syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0);
}

/* waitid(2) for a keeper that is another's child; 0 at its end, of which no status is known. */
static int watch_end(int pidfd)
{
        struct pollfd end = { .fd = pidfd, .events = POLLIN };

        return pidfd < 0 || poll(&end, 1, -1) > 0 ? 0 : -1;
}

static void reap_keeper(Front *front)
{
        siginfo_t info = { .si_code = CLD_EXITED };
        int r;

        do
                r = front->config->keeper_parked ? watch_end(front->config->keeper_pidfd)
                                                 : waitid(P_PIDFD, (id_t)front->config->keeper_pidfd, &info, WEXITED);
        while (r < 0 && errno == EINTR);
        front->keeper_lives = false;
        if (front->status >= 0)
                return;
        buffer_add_text(&front->errors, "oriel: keeper: ");
        if (front->config->keeper_parked)
                buffer_add_text(&front->errors, "it ended");
        else if (r == 0 && info.si_code == CLD_EXITED)
                buffer_printf(&front->errors, "it ended with status %d", info.si_status);
        else
                buffer_printf(&front->errors, "it was killed by signal %d", r == 0 ? info.si_status : SIGKILL);
        buffer_add_text(&front->errors, ", and the app with it\n");
        stop_with(front, FRONT_STATUS_FAILED);
}

static int sooner(int a, int b)
{
        return a < 0 || (b >= 0 && b < a) ? b : a;
}

static int prepare(Front *front, struct pollfd polls[N_POLLS])
{
        int wait = front_hub_prepare(front->hub, polls + POLL_HUB);

        polls[POLL_SIGNALS] = (struct pollfd){ .fd = front->signals->fd, .events = POLLIN };
        polls[POLL_KEEPER] =
                (struct pollfd){ .fd = front->keeper_talks ? front->config->keeper_socket : -1, .events = POLLIN };
        polls[POLL_LOG] = (struct pollfd){ .fd = front->log.pipe, .events = POLLIN };
        polls[POLL_KEEPER_END] = (struct pollfd){ .fd = front->config->keeper_pidfd, .events = POLLIN };
        if (front->terminal != NULL)
                wait = sooner(wait, front_terminal_prepare(front->terminal, polls + POLL_TERMINAL));
        else
                for (size_t i = 0; i < FRONT_TERMINAL_POLLS; i++)
                        polls[POLL_TERMINAL + i] = (struct pollfd){ .fd = -1 };
        if (front->deadline_ms != 0) {
                int64_t left = front->deadline_ms - now_ms();

                wait = sooner(wait, left < 0 ? 0 : (int)left);
        }
        if (front->publish_ms != 0) {
                int64_t left = front->publish_ms - now_ms();

                wait = sooner(wait, left < 0 ? 0 : (int)left);
        }
        if (front->list_ms != 0) {
                int64_t left = front->list_ms - now_ms();

                wait = sooner(wait, left < 0 ? 0 : (int)left);
        }
        return wait;
}

/* poll(2) refuses more entries than the caller's limit of open files, unused ones too. */
static nfds_t count_polls(const struct pollfd polls[N_POLLS])
{
        nfds_t n = N_POLLS;

        while (n > 0 && polls[n - 1].fd < 0)
                n--;
        return n;
}

/* What is told of the keeper, for `oriel ps` and whoever comes after a kill -9. */
static void introduce(Front *front)
{
        const FrontConfig *config = front->config;

        if (config->list != NULL && config->instances_fd < 0)
                front->list_ms = now_ms() + LIST_MS;
        if (config->instances_fd < 0 || instance_info_read(&front->info, config->instances_fd, config->id) < 0)
                return;
        /* A sender's pid comes along, as `init` needs it. */
        (void)setsockopt(config->keeper_socket, SOL_SOCKET, SO_PASSCRED, &(int){ 1 }, sizeof(int));
        front->info.front_pid = getpid();
        front->info.front_start = instance_process_start(front->info.front_pid);
        front->info.keeper_pid = config->keeper_pid;
        front->info.keeper_start = instance_process_start(config->keeper_pid);
        publish_soon(front, INSTANCE_STARTING);
}

/* The app runs on where it can't be: it is only not found by `oriel ps`, and that is said. */
static void list(Front *front)
{
        CLEANUP(message_freep) Message *message = message_new("control");
        FrontListing listing = { .control_fd = -1 };
        int r = front->config->list(front->config->list_data, &listing);

        front->list_ms = 0;
        if (r < 0) {
                say_error(front, "instance", -r);
                return;
        }
        front->own.id = listing.id;
        front->own.instances_fd = listing.instances_fd;
        front->own.logs_fd = listing.logs_fd;
        introduce(front);
        publish(front, front->ready ? INSTANCE_RUNNING : INSTANCE_STARTING);
        if (message != NULL)
                (void)message_send(front->config->keeper_socket, message, &listing.control_fd, 1);
        (void)fd_close(listing.control_fd);
}

static void turn(Front *front)
{
        struct pollfd polls[N_POLLS];
        bool had_terminal = front->terminal != NULL;
        int wait = prepare(front, polls);

        if (rest_poll(&front->rest, polls, count_polls(polls), wait) < 0) {
                if (errno == EINTR)
                        return; /* a signal that is not ours */
                say_error(front, "front end", errno);
                stop_with(front, FRONT_STATUS_FAILED);
                (void)pidfd_signal(front->config->keeper_pidfd, SIGKILL);
                reap_keeper(front);
                return;
        }
        if (polls[POLL_SIGNALS].revents != 0)
                on_signal(front);
        if (polls[POLL_KEEPER].revents != 0)
                on_keeper(front);
        else if (polls[POLL_KEEPER_END].revents != 0)
                reap_keeper(front); /* only after its last word was heard */
        if (polls[POLL_LOG].revents != 0)
                front_log_handle(&front->log);
        if (had_terminal)
                front_terminal_handle(front->terminal, polls + POLL_TERMINAL);
        front_hub_handle(front->hub, polls + POLL_HUB);
        check_hangup(front);
        if (front->publish_ms != 0 && now_ms() >= front->publish_ms)
                publish(front, front->info.state);
        if (front->list_ms != 0 && now_ms() >= front->list_ms)
                list(front);
        if (front->deadline_ms != 0 && now_ms() >= front->deadline_ms && front->keeper_lives) {
                (void)pidfd_signal(front->config->keeper_pidfd, SIGKILL);
                reap_keeper(front);
        }
}

static void finish(Front *front)
{
        if (front->keeper_lives) {
                (void)pidfd_signal(front->config->keeper_pidfd, SIGKILL);
                reap_keeper(front);
        }
        front_terminal_close(STEAL(front->terminal));
        front_hub_free(STEAL(front->hub));
        /* The last words of what has ended. */
        front_log_handle(&front->log);
        if (front->errors.n > 0 && !front->errors.failed)
                (void)fd_write_all(STDERR_FILENO, front->errors.bytes, front->errors.n);
        /* As long as the instance is there, nobody else does it. */
        front_settle(front->config->guards, front->config->n_guards, front->config->id, front->config->manager != NULL);
        if (front->config->instances_fd >= 0)
                (void)instance_dir_remove(front->config->instances_fd, front->config->id);
        if (front->config->logs_fd >= 0)
                instance_logs_tidy(front->config->logs_fd, front->config->id);
        buffer_clear(&front->errors);
        instance_info_clear(&front->info);
        front_signals_close(front->signals);
}

int front_run(const FrontConfig *config)
{
        Front front = { .own = *config,
                        .log = { .pipe = config->log_pipe, .file = config->log_fd },
                        .status = -1,
                        .keeper_talks = true,
                        .keeper_lives = true };
        int r;

        front.config = &front.own;
        front.signals = config->signals;
        introduce(&front);
        r = front_hub_new(&front.hub, front.config, front.info.profile);
        if (r == 0 && front.signals->fd < 0)
                r = -EMFILE;
        if (r < 0) {
                say_error(&front, "front end", -r);
                stop_with(&front, FRONT_STATUS_FAILED);
        }
        while (r == 0 && front.keeper_lives)
                turn(&front);
        finish(&front);
        return front.status;
}
