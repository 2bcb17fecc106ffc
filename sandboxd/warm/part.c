/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "warm/part.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "engine/park.h"
#include "warm/paths.h"

enum { BACKLOG = 64 };

Part *part_new(Plan *plan)
{
        Part *part = calloc(1, sizeof *part);

        if (part == NULL) {
                plan_free(plan);
                return NULL;
        }
        *part = (Part){ .plan = plan, .listener = -1 };
        warm_identity_add_plan(plan, &part->plan_bytes);
        warm_identity_add(plan, &part->identity);
        if (!part->identity.failed && !part->plan_bytes.failed) {
                warm_identity_name(&part->identity, part->name);
                return part;
        }
        part_free(part, NULL);
        return NULL;
}

void part_free(Part *part, const char *manager)
{
        struct sockaddr_un address;

        if (part == NULL)
                return;
        part_drop_boxes(part);
        if (part->listener >= 0 && warm_address(manager, part->name, &address) == 0)
                (void)unlink(address.sun_path);
        (void)fd_close(part->listener);
        buffer_clear(&part->plan_bytes);
        buffer_clear(&part->identity);
        plan_free(part->plan);
        free(part);
}

int part_open(Part *part, const char *manager)
{
        CLEANUP(fd_closep) int fd = -1;
        struct sockaddr_un address;
        int r = warm_address(manager, part->name, &address);

        if (part->listener >= 0 || r < 0)
                return r;
        fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        (void)unlink(address.sun_path);
        if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 || listen(fd, BACKLOG) < 0)
                return -errno;
        part->listener = fd_steal(&fd);
        return 0;
}

/* Is the host what it was when the identity was taken? */
static bool is_current(const Part *part)
{
        CLEANUP(buffer_clear) Buffer now = BUFFER_INIT;

        warm_identity_add(part->plan, &now);
        return !now.failed && now.n == part->identity.n && memcmp(now.bytes, part->identity.bytes, now.n) == 0;
}

int part_park(Part *part, uint32_t number, int taken)
{
        CLEANUP(fd_closep) int token = -1, mounts = -1;
        ParkedBox *box = NULL;
        pid_t pid;

        for (size_t i = 0; i < PART_MAX_BOXES && box == NULL; i++)
                if (part->boxes[i].pid == 0)
                        box = &part->boxes[i];
        if (box == NULL)
                return -EAGAIN;
        /* Before the identity is compared: what changes from here on is seen by one or the other. */
        mounts = open("/proc/self/mounts", O_RDONLY | O_CLOEXEC);
        token = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
        if (mounts < 0 || token < 0)
                return -errno;
        if (!is_current(part))
                return -ESTALE;
        pid = engine_park(part->plan, &(ParkPlace){ .listener = part->listener,
                                                    .token = token,
                                                    .mounts = mounts,
                                                    .taken = taken,
                                                    .number = number,
                                                    .identity = part->identity.bytes,
                                                    .n_identity = part->identity.n });
        if (pid < 0)
                return pid;
        *box = (ParkedBox){ .pid = pid, .token = fd_steal(&token), .number = number };
        return 0;
}

static void forget(ParkedBox *box)
{
        (void)fd_close(box->token);
        *box = (ParkedBox){ .token = -1 };
}

/* The token tells whether a launch owns it, in one step with taking it. */
void part_drop_boxes(Part *part)
{
        uint64_t count;

        for (size_t i = 0; i < PART_MAX_BOXES; i++) {
                ParkedBox *box = &part->boxes[i];

                if (box->pid == 0)
                        continue;
                if (read(box->token, &count, sizeof count) == (ssize_t)sizeof count && kill(box->pid, SIGKILL) == 0)
                        while (waitpid(box->pid, NULL, 0) < 0 && errno == EINTR)
                                continue;
                forget(box);
        }
}

size_t part_n_boxes(const Part *part)
{
        size_t n = 0;

        for (size_t i = 0; i < PART_MAX_BOXES; i++)
                n += part->boxes[i].pid != 0;
        return n;
}

bool part_forget_number(Part *part, uint32_t number)
{
        for (size_t i = 0; i < PART_MAX_BOXES; i++)
                if (part->boxes[i].pid != 0 && part->boxes[i].number == number) {
                        forget(&part->boxes[i]);
                        return true;
                }
        return false;
}

bool part_forget_pid(Part *part, pid_t pid)
{
        for (size_t i = 0; i < PART_MAX_BOXES; i++)
                if (part->boxes[i].pid == pid) {
                        forget(&part->boxes[i]);
                        return true;
                }
        return false;
}
