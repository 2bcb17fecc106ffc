/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "warm/client.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/message.h"
#include "base/user-namespace.h"
#include "engine/handover.h"
#include "engine/slots.h"
#include "warm/identity.h"
#include "warm/paths.h"

enum {
        PATIENCE_MS = 500, /* for a box that is being made just now; a launch of one's own takes a few */
};

/* The launch's own words after the plan's; its slots join the descriptors.  0 or -errno. */
static int
new_request(const WarmCall *call, const EngineFd *fds, size_t n_fds, Message **ret_message, int *passed, size_t *n)
{
        int r = message_decode(ret_message, call->words, call->n_words);

        if (r < 0)
                return r;
        handover_add(*ret_message);
        for (size_t i = 0; i < n_fds && *n < MESSAGE_MAX_FDS; i++) {
                if (!slots_used_by_all(fds[i].slot))
                        continue;
                message_add(*ret_message, "slot", fds[i].slot);
                passed[(*n)++] = fds[i].fd;
        }
        return 0;
}

/* Both packets.  0 or -errno. */
static int
send_request(int connection, const Buffer *identity, const WarmCall *call, const EngineFd *fds, size_t n_fds, int token)
{
        CLEANUP(fd_closep) int namespace = user_namespace_open();
        CLEANUP(message_freep) Message *message = NULL;
        int passed[MESSAGE_MAX_FDS] = { token, namespace };
        size_t n = 2;
        int r = namespace < 0 ? namespace : new_request(call, fds, n_fds, &message, passed, &n);

        if (r < 0)
                return r;
        if (send(connection, identity->bytes, identity->n, MSG_NOSIGNAL) < 0)
                return -errno;
        return message_send(connection, message, passed, n);
}

static bool take_back(int token)
{
        uint64_t count;

        return read(token, &count, sizeof count) == (ssize_t)sizeof count;
}

/* Until the box says that it is ours, with its keeper's pid; 0: it is not, and never will be.  After the time the
 * launch is taken back, unless the box took it in the same moment: then its word is near. */
static pid_t wait_taken(int connection, int token)
{
        struct pollfd polled = { .fd = connection, .events = POLLIN };
        CLEANUP(message_freep) Message *message = NULL;
        int pid = 0, r;

        do
                r = poll(&polled, 1, PATIENCE_MS);
        while (r < 0 && errno == EINTR);
        if (r <= 0 && take_back(token))
                return 0;
        do
                r = message_receive(connection, &message, NULL, NULL, &pid);
        while (r == -EINTR);
        return r > 0 && strcmp(message_verb(message), "taken") == 0 ? pid : 0;
}

/* The number is the keeper's as long as it has not hung up: only then could it be another's by now. */
static int open_keeper(int connection, pid_t pid)
{
        CLEANUP(fd_closep) int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
        struct pollfd polled = { .fd = connection };

        return pidfd < 0 || poll(&polled, 1, 0) != 0 ? -1 : fd_steal(&pidfd);
}

int warm_take(
        const char *manager, const WarmCall *call, const EngineFd *fds, size_t n_fds, EngineInstance *ret_instance)
{
        CLEANUP(buffer_clear) Buffer identity = BUFFER_INIT;
        CLEANUP(fd_closep) int connection = -1, token = -1, pidfd = -1;
        char name[WARM_NAME_SIZE];
        const char *step;
        pid_t pid;

        if (engine_check_stdio(fds, n_fds, &step) < 0)
                return WARM_NONE;
        warm_identity_ask(call->plan, call->n_plan, call->objects, call->n_objects, &identity);
        if (identity.failed)
                return WARM_NONE;
        warm_identity_name(&identity, name);
        connection = warm_connect(manager, name);
        if (connection < 0)
                return WARM_NONE;
        token = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
        if (token < 0 || send_request(connection, &identity, call, fds, n_fds, token) < 0)
                return WARM_NONE;
        pid = wait_taken(connection, token);
        if (pid <= 0)
                return WARM_NONE;
        /* Its death is told on the connection; without a descriptor there is only nothing to wait for. */
        pidfd = open_keeper(connection, pid);
        *ret_instance = (EngineInstance){ .keeper_pid = pid,
                                          .parked = true,
                                          .keeper_pidfd = fd_steal(&pidfd),
                                          .keeper_socket = fd_steal(&connection) };
        return 0;
}

/* The second time that an engine hears of a plan it parks a box. */
static void tell(const char *manager, const Plan *plan)
{
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT, identity = BUFFER_INIT;
        CLEANUP(message_freep) Message *message = NULL;
        CLEANUP(fd_closep) int connection = -1, memory = -1, namespace = -1;
        char name[WARM_NAME_SIZE];

        if (!warm_identity_exists(plan))
                return;
        connection = warm_connect(manager, WARM_ENGINE);
        if (connection < 0)
                return;
        warm_identity_add_plan(plan, &bytes);
        warm_identity_add(plan, &identity);
        if (bytes.failed || identity.failed)
                return;
        warm_identity_name(&identity, name);
        memory = fd_sealed_memfd("oriel-plan", bytes.bytes, bytes.n);
        namespace = user_namespace_open();
        message = message_new("seen");
        if (memory < 0 || namespace < 0 || message == NULL)
                return;
        message_add(message, "name", name);
        (void)message_send(connection, message, (const int[]){ namespace, memory }, 2);
}

/* The same, for who has the plan alone. */
static int
take_for(const char *manager, const Plan *plan, const EngineFd *fds, size_t n_fds, EngineInstance *ret_instance)
{
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;
        WarmCall call;
        const char *step;

        warm_call_encode(plan, &bytes);
        if (bytes.n == 0 || bytes.failed || warm_call_decode(&call, bytes.bytes, bytes.n) < 0 ||
            engine_check(plan, fds, n_fds, &step) < 0)
                return WARM_NONE;
        return warm_take(manager, &call, fds, n_fds, ret_instance);
}

int warm_launch(const char *manager,
                bool asked,
                const Plan *plan,
                const EngineFd *fds,
                size_t n_fds,
                EngineInstance *ret_instance,
                const char **ret_step)
{
        int r;

        if (manager != NULL && !asked && take_for(manager, plan, fds, n_fds, ret_instance) == 0)
                return 0;
        r = engine_start(plan, fds, n_fds, ret_instance, ret_step);
        /* Beside the keeper, which is at work by now. */
        if (r == 0 && manager != NULL)
                tell(manager, plan);
        return r;
}
