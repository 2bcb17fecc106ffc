/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The wait between a box's last stage and its program's first.
 *
 * WAITING   for a connection.  Ends with the process that parked it.
 * ASKED     a launch is at the other end; it is compared.  Not the same, or not an owner: back to WAITING.
 * OWNED     both tokens are ours: the launch did not give up, and the box was not taken away.  What can't go on from
 *           here ends the box, and the launch sees the end of its connection.
 * TAKEN     the launch knows.  From here on nothing differs from an instance that was never parked. */
#include "engine/park.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/message.h"
#include "base/peer.h"
#include "engine/confine.h"
#include "engine/handover.h"
#include "engine/landlock.h"
#include "engine/slots.h"

enum {
        PATIENCE_MS = 1000, /* for a peer that connected and says nothing */
        /* Descriptors of a launch. */
        FD_TOKEN = 0,
        FD_NAMESPACE,
        FD_SLOTS,
};

typedef struct Asked {
        Message *message;
        int fds[MESSAGE_MAX_FDS];
        size_t n_fds;
} Asked;

static void asked_clear(Asked *asked)
{
        message_free(asked->message);
        for (size_t i = 0; i < asked->n_fds; i++)
                (void)fd_close(asked->fds[i]);
        *asked = (Asked){ 0 };
}

static bool has_data(int connection)
{
        struct pollfd polled = { .fd = connection, .events = POLLIN };

        return poll(&polled, 1, PATIENCE_MS) > 0;
}

/* Is the first packet what this box was parked for, byte by byte? */
static bool is_same(const ParkPlace *place, int connection)
{
        CLEANUP(freep) char *bytes = malloc(place->n_identity + 1);
        ssize_t n;

        if (bytes == NULL || !has_data(connection))
                return false;
        n = recv(connection, bytes, place->n_identity + 1, MSG_DONTWAIT);
        return n >= 0 && (size_t)n == place->n_identity && memcmp(bytes, place->identity, place->n_identity) == 0;
}

static bool ask(const Instance *instance, int connection, Asked *ret_asked)
{
        return peer_is_owner(connection) && is_same(instance->park, connection) && has_data(connection) &&
               message_receive(connection, &ret_asked->message, ret_asked->fds, &ret_asked->n_fds, NULL) > 0 &&
               strcmp(message_verb(ret_asked->message), "launch") == 0 && ret_asked->n_fds >= FD_SLOTS &&
               user_namespace_is(&instance->outside, ret_asked->fds[FD_NAMESPACE]) &&
               message_get(ret_asked->message, "argv") != NULL;
}

static bool take_token(int token)
{
        uint64_t count;

        return read(token, &count, sizeof count) == (ssize_t)sizeof count;
}

static bool is_stale(const ParkPlace *place)
{
        struct pollfd polled = { .fd = place->mounts, .events = POLLPRI };

        return poll(&polled, 1, 0) != 0;
}

/* All values of one key, in memory of our own. */
static char **copy_values(const Message *message, const char *key)
{
        size_t n = 0;
        char **values;

        while (message_get_nth(message, key, n) != NULL)
                n++;
        values = calloc(n + 1, sizeof *values);
        for (size_t i = 0; values != NULL && i < n; i++) {
                values[i] = strdup(message_get_nth(message, key, i));
                if (values[i] == NULL)
                        return NULL;
        }
        return values;
}

/* The plan with what is this launch's own in it; for the instance's life. */
static int take_plan(Instance *instance, const Message *message)
{
        Plan *plan = calloc(1, sizeof *plan);
        PlanProgram *program = calloc(1, sizeof *program);
        const char *cwd = message_get(message, "cwd");

        if (plan == NULL || program == NULL)
                return -ENOMEM;
        *plan = *instance->plan;
        *program = plan->programs[0];
        program->argv = copy_values(message, "argv");
        program->envp = copy_values(message, "env");
        program->cwd = cwd == NULL ? NULL : strdup(cwd);
        plan->programs = program;
        instance->plan = plan;
        return program->argv == NULL || program->envp == NULL || (cwd != NULL && program->cwd == NULL) ? -ENOMEM : 0;
}

static int take_slots(Instance *instance, Asked *asked)
{
        EngineFd *slots = calloc(asked->n_fds, sizeof *slots);

        if (slots == NULL)
                return -ENOMEM;
        for (size_t i = FD_SLOTS; i < asked->n_fds; i++) {
                const char *name = message_get_nth(asked->message, "slot", i - FD_SLOTS);

                if (name == NULL || !slots_used(instance->plan, name))
                        return -EINVAL;
                slots[i - FD_SLOTS] = (EngineFd){ .slot = strdup(name), .fd = fd_steal(&asked->fds[i]) };
                if (slots[i - FD_SLOTS].slot == NULL)
                        return -ENOMEM;
        }
        instance->slots = (Slots){ slots, asked->n_fds - FD_SLOTS };
        return 0;
}

/* Nothing of the place may be there when a program runs. */
static void leave_place(Instance *instance)
{
        const ParkPlace *place = instance->park;

        (void)fd_close(place->listener);
        (void)fd_close(place->token);
        (void)fd_close(place->mounts);
        instance->taken = place->taken;
        instance->taken_number = place->number;
        instance->park = NULL;
}

void park_say_taken(Instance *instance)
{
        if (instance->taken < 0)
                return;
        /* If whoever parked it ended, nobody needs to know. */
        (void)fd_write_all(instance->taken, &instance->taken_number, sizeof instance->taken_number);
        instance->taken = fd_close(instance->taken);
}

static int become_launch(Instance *instance, Asked *asked)
{
        int r = take_plan(instance, asked->message);

        if (r == 0)
                r = take_slots(instance, asked);
        if (r == 0)
                r = handover_take(asked->message);
        instance->mask = handover_mask(asked->message);
        return r;
}

static bool tell(int connection)
{
        CLEANUP(message_freep) Message *message = message_new("taken");

        return message != NULL && message_send(connection, message, NULL, 0) == 0;
}

/* ASKED to TAKEN. */
static bool serve(Instance *instance, int connection)
{
        const ParkPlace *place = instance->park;
        CLEANUP(asked_clear) Asked asked = { 0 };

        if (!ask(instance, connection, &asked) || !take_token(asked.fds[FD_TOKEN]))
                return false;
        if (is_stale(place) || !take_token(place->token) || prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0) < 0)
                _exit(0);
        leave_place(instance);
        if (become_launch(instance, &asked) < 0 || !tell(connection))
                _exit(0);
        instance->front = connection;
        return true;
}

/* What of the program's confinement can be done before it is there; what fails here is told when it is.  A built-in
 * filter refuses nothing that a keeper needs, and to translate it takes the kernel longer than all else that a launch
 * waits for.  Of one with a person's own rules nobody knows. */
static void prepare_confinement(Instance *instance)
{
        const PlanProgram *program = &instance->plan->programs[0];
        Fault fault = { 0 };

        (void)landlock_prepare(program, &instance->plan->boxes[1], &instance->ruleset, &fault);
        if (program->filter == NULL)
                instance->filtered = confine_seccomp(program, &fault) == 0;
}

void park_wait(Instance *instance)
{
        prepare_confinement(instance);
        for (;;) {
                struct pollfd polled[] = { { .fd = instance->park->listener, .events = POLLIN },
                                           { .fd = instance->park->taken } };
                int connection;

                /* Nobody reads the pipe: who made the box ended, perhaps before this process asked to end with it. */
                if (poll(polled, 2, -1) > 0 && polled[1].revents != 0)
                        _exit(0);
                connection = accept4(instance->park->listener, NULL, NULL, SOCK_CLOEXEC);
                if (connection >= 0 && serve(instance, connection))
                        return;
                if (connection < 0 && errno != EINTR && errno != EAGAIN && errno != ECONNABORTED && errno != EPERM)
                        _exit(1);
                (void)fd_close(connection);
        }
}
