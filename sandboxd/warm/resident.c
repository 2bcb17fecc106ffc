/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When is a part made, filled, emptied?
 *
 *      a plan is seen the second time     it is hot: a socket, and one box
 *      a launch took a box                the next one, a moment later, so that it does not take the processor from
 * that launch; where launches follow each other closely two are kept, and made at once a launch waits and none is there
 * at once the host's table of mounts changed all boxes go (binds don't follow), and are made again when it is quiet a
 * file of the host was replaced    the part goes; the next launches make another identity hot not used for a while;
 * `drop`       the part goes */
#include "warm/resident.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/message.h"
#include "base/peer.h"
#include "base/user-namespace.h"
#include "engine/kernel.h"
#include "plan/check.h"
#include "plan/code.h"
#include "warm/part.h"
#include "warm/paths.h"

enum {
        MAX_PARTS = 16,
        MAX_CLIENTS = 16,
        HOT = 2, /* launches seen */
        MAX_FAILED = 3,
        AFTER_SEEN_MS = 20,
        AFTER_TAKEN_MS = 3,
        AFTER_MOUNTS_MS = 200,
        CLOSE_MS = 100, /* launches that follow each other so quickly come in numbers */
        UNUSED_MS = 10 * 60 * 1000,
        TELL_MS = 500, /* less than any time after which a manager goes for want of work */
        POLL_MANAGER = 0,
        POLL_SIGNALS,
        POLL_TAKEN,
        POLL_MOUNTS,
        POLL_LISTENER,
        POLL_CLIENTS,
        POLL_PARTS = POLL_CLIENTS + MAX_CLIENTS,
        N_POLLS = POLL_PARTS + MAX_PARTS,
};

typedef struct Resident {
        const char *manager;
        UserNamespace own;
        int manager_fd, listener, signals, mounts;
        int taken[2]; /* pipe: numbers of boxes that a launch owns */
        int clients[MAX_CLIENTS];
        Part *parts[MAX_PARTS];
        uint32_t next_number;
        int64_t told_at; /* the manager, that there are launches */
        bool over;
} Resident;

static void drop_part(Resident *resident, size_t i)
{
        part_free(resident->parts[i], resident->manager);
        resident->parts[i] = NULL;
}

static void refill_at(Part *part, int64_t at)
{
        if (part->refill_at == 0 || at < part->refill_at)
                part->refill_at = at;
}

/* One box.  A part that can't be filled goes: launches then start as they do without it. */
static void fill(Resident *resident, size_t i, int64_t now)
{
        Part *part = resident->parts[i];
        int r;

        part->refill_at = 0;
        if (part_n_boxes(part) >= part->target)
                return;
        r = part_open(part, resident->manager);
        if (r == 0)
                r = part_park(part, resident->next_number++, resident->taken[1]);
        if (r < 0)
                drop_part(resident, i);
        else if (part_n_boxes(part) < part->target)
                part->refill_at = now;
}

/* ---- Requests ---- */

static size_t place_for_part(Resident *resident)
{
        size_t oldest = 0;

        for (size_t i = 0; i < MAX_PARTS; i++) {
                if (resident->parts[i] == NULL)
                        return i;
                if (resident->parts[i]->used_at < resident->parts[oldest]->used_at)
                        oldest = i;
        }
        drop_part(resident, oldest);
        return oldest;
}

static bool is_equal(const Buffer *a, const Buffer *b)
{
        return a->n == b->n && memcmp(a->bytes, b->bytes, a->n) == 0;
}

/* Takes it.  The same plan with other files behind it takes the older one's place. */
static void see(Resident *resident, Part *seen, int64_t now)
{
        size_t place = MAX_PARTS;
        Part *part;

        for (size_t i = 0; i < MAX_PARTS; i++) {
                part = resident->parts[i];
                if (part == NULL || !is_equal(&part->plan_bytes, &seen->plan_bytes))
                        continue;
                if (is_equal(&part->identity, &seen->identity))
                        place = i;
                else
                        drop_part(resident, i);
        }
        if (place < MAX_PARTS) {
                part_free(seen, resident->manager);
        } else {
                place = place_for_part(resident);
                resident->parts[place] = seen;
        }
        part = resident->parts[place];
        part->n_seen++;
        part->used_at = now;
        if (part->n_seen < HOT || part->n_failed >= MAX_FAILED)
                return;
        if (part->target == 0)
                part->target = 1;
        refill_at(part, now + AFTER_SEEN_MS);
}

static Plan *read_plan(int fd)
{
        CLEANUP(plan_freep) Plan *plan = NULL;
        CLEANUP(freep) char *bytes = NULL;
        CLEANUP(buffer_clear) Buffer why = BUFFER_INIT;
        ParseError error = { 0 };
        size_t n = 0;
        /* Sealed: what is read and checked does not change meanwhile. */
        int seals = fcntl(fd, F_GET_SEALS);

        if (seals < 0 || (seals & F_SEAL_WRITE) == 0 || fd_read_all(fd, PLAN_MAX_BYTES, &bytes, &n) < 0 ||
            plan_decode(&plan, &error, bytes, n) != 0 || !plan_check(plan, &why))
                return NULL;
        return STEAL(plan);
}

static void on_seen(Resident *resident, const Message *message, const int *fds, size_t n_fds)
{
        const char *name = message_get(message, "name");
        Plan *plan = n_fds == 1 ? read_plan(fds[0]) : NULL;
        Part *part;

        if (plan == NULL || name == NULL || !warm_identity_exists(plan)) {
                plan_free(plan);
                return;
        }
        part = part_new(plan);
        /* Another name: whoever launched stands elsewhere, and would never find what is parked here. */
        if (part != NULL && strcmp(part->name, name) == 0)
                see(resident, part, kernel_now_ms());
        else
                part_free(part, resident->manager);
}

static void on_drop(Resident *resident, const Message *message)
{
        const char *app = message_get(message, "app");

        for (size_t i = 0; i < MAX_PARTS; i++)
                if (resident->parts[i] != NULL && (app == NULL || strcmp(resident->parts[i]->plan->app, app) == 0))
                        drop_part(resident, i);
}

static void on_client(Resident *resident, int *client)
{
        CLEANUP(message_freep) Message *message = NULL, *answer = NULL;
        int fds[MESSAGE_MAX_FDS];
        size_t n_fds = 0;
        int r = message_receive(*client, &message, fds, &n_fds, NULL);
        bool heard;

        if (r == -EAGAIN)
                return;
        heard = r > 0 && peer_is_user(*client) && n_fds > 0 && user_namespace_is(&resident->own, fds[0]);
        if (heard && strcmp(message_verb(message), "seen") == 0) {
                on_seen(resident, message, fds + 1, n_fds - 1);
                answer = message_new("done");
        } else if (heard && strcmp(message_verb(message), "drop") == 0) {
                on_drop(resident, message);
                answer = message_new("done");
        } else {
                answer = message_new("error");
        }
        for (size_t i = 0; i < n_fds; i++)
                (void)fd_close(fds[i]);
        if (answer != NULL)
                (void)message_send(*client, answer, NULL, 0);
        *client = fd_close(*client);
}

static void on_listener(Resident *resident)
{
        int fd = accept4(resident->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

        for (size_t i = 0; fd >= 0 && i < MAX_CLIENTS; i++)
                if (resident->clients[i] < 0) {
                        resident->clients[i] = fd;
                        return;
                }
        (void)fd_close(fd);
}

/* ---- What happens to boxes ---- */

/* A launch by a parked box does not come by the manager, and its instance may be over before it is listed. */
static void tell_manager(Resident *resident, int64_t now)
{
        if (now - resident->told_at < TELL_MS)
                return;
        resident->told_at = now;
        (void)send(resident->manager_fd, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void on_taken(Resident *resident)
{
        uint32_t numbers[64];
        ssize_t n = read(resident->taken[0], numbers, sizeof numbers);
        int64_t now = kernel_now_ms();

        if (n > 0)
                tell_manager(resident, now);
        for (size_t k = 0; n > 0 && k < (size_t)n / sizeof *numbers; k++)
                for (size_t i = 0; i < MAX_PARTS; i++) {
                        Part *part = resident->parts[i];
                        bool close;

                        if (part == NULL || !part_forget_number(part, numbers[k]))
                                continue;
                        close = now - part->used_at < CLOSE_MS;
                        part->used_at = now;
                        part->n_failed = 0;
                        part->target = close ? PART_MAX_BOXES : 1;
                        refill_at(part, close ? now : now + AFTER_TAKEN_MS);
                }
}

/* A box that ended and was nobody's: it could not be made, or was spoiled. */
static void on_ended(Resident *resident, pid_t pid)
{
        for (size_t i = 0; i < MAX_PARTS; i++) {
                Part *part = resident->parts[i];

                if (part == NULL || !part_forget_pid(part, pid))
                        continue;
                if (++part->n_failed >= MAX_FAILED)
                        drop_part(resident, i);
                else
                        refill_at(part, kernel_now_ms() + AFTER_MOUNTS_MS);
                return;
        }
}

static void on_signals(Resident *resident)
{
        struct signalfd_siginfo info;
        pid_t pid;

        while (read(resident->signals, &info, sizeof info) == (ssize_t)sizeof info)
                if (info.ssi_signo == SIGTERM)
                        resident->over = true;
        /* What a launch took is told before it ends. */
        on_taken(resident);
        while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
                on_ended(resident, pid);
}

static void on_mounts(Resident *resident)
{
        int64_t now = kernel_now_ms();

        for (size_t i = 0; i < MAX_PARTS; i++)
                if (resident->parts[i] != NULL && resident->parts[i]->target > 0) {
                        part_drop_boxes(resident->parts[i]);
                        resident->parts[i]->refill_at = now + AFTER_MOUNTS_MS;
                }
}

static void on_time(Resident *resident)
{
        int64_t now = kernel_now_ms();

        for (size_t i = 0; i < MAX_PARTS; i++) {
                const Part *part = resident->parts[i];

                if (part != NULL && part->refill_at != 0 && part->refill_at <= now)
                        fill(resident, i, now);
                else if (part != NULL && now - part->used_at > UNUSED_MS)
                        drop_part(resident, i);
        }
}

/* ---- The loop ---- */

static int wait_time(const Resident *resident)
{
        int64_t now = kernel_now_ms(), next = -1;

        for (size_t i = 0; i < MAX_PARTS; i++) {
                const Part *part = resident->parts[i];
                int64_t due;

                if (part == NULL)
                        continue;
                due = part->refill_at != 0 ? part->refill_at : part->used_at + UNUSED_MS + 1;
                next = next < 0 || due < next ? due : next;
        }
        return next < 0 ? -1 : next <= now ? 0 : (int)(next - now);
}

static void prepare(const Resident *resident, struct pollfd polls[N_POLLS])
{
        polls[POLL_MANAGER] = (struct pollfd){ .fd = resident->manager_fd, .events = POLLIN };
        polls[POLL_SIGNALS] = (struct pollfd){ .fd = resident->signals, .events = POLLIN };
        polls[POLL_TAKEN] = (struct pollfd){ .fd = resident->taken[0], .events = POLLIN };
        polls[POLL_MOUNTS] = (struct pollfd){ .fd = resident->mounts, .events = POLLPRI };
        polls[POLL_LISTENER] = (struct pollfd){ .fd = resident->listener, .events = POLLIN };
        for (size_t i = 0; i < MAX_CLIENTS; i++)
                polls[POLL_CLIENTS + i] = (struct pollfd){ .fd = resident->clients[i], .events = POLLIN };
        /* While a box waits there, it is the box that is asked. */
        for (size_t i = 0; i < MAX_PARTS; i++) {
                const Part *part = resident->parts[i];
                bool asked = part != NULL && part_n_boxes(part) == 0;

                polls[POLL_PARTS + i] = (struct pollfd){ .fd = asked ? part->listener : -1, .events = POLLIN };
        }
}

static void turn(Resident *resident)
{
        struct pollfd polls[N_POLLS];

        prepare(resident, polls);
        if (poll(polls, N_POLLS, wait_time(resident)) < 0) {
                resident->over = errno != EINTR;
                return;
        }
        if (polls[POLL_MANAGER].revents != 0)
                resident->over = true;
        if (polls[POLL_TAKEN].revents != 0)
                on_taken(resident);
        if (polls[POLL_SIGNALS].revents != 0)
                on_signals(resident);
        if (polls[POLL_MOUNTS].revents != 0)
                on_mounts(resident);
        for (size_t i = 0; i < MAX_PARTS; i++)
                if (polls[POLL_PARTS + i].revents != 0 && resident->parts[i] != NULL)
                        refill_at(resident->parts[i], 1);
        on_time(resident);
        for (size_t i = 0; i < MAX_CLIENTS; i++)
                if (polls[POLL_CLIENTS + i].revents != 0)
                        on_client(resident, &resident->clients[i]);
        if (polls[POLL_LISTENER].revents != 0)
                on_listener(resident);
}

/* Sockets of an engine that was killed: whoever holds the manager's lock is alone here. */
static void clear_directory(const char *path)
{
        DIR *dir = opendir(path);
        const struct dirent *entry;

        while (dir != NULL && (entry = readdir(dir)) != NULL)
                if (entry->d_type == DT_SOCK)
                        (void)unlinkat(dirfd(dir), entry->d_name, 0);
        if (dir != NULL)
                (void)closedir(dir);
}

/* The directory of sockets, ours alone. */
static int make_directory(const char *manager)
{
        struct sockaddr_un address;
        struct stat st = { 0 };
        char *slash;
        int r = warm_address(manager, WARM_ENGINE, &address);

        if (r < 0)
                return r;
        slash = strrchr(address.sun_path, '/');
        *slash = '\0';
        if (mkdir(address.sun_path, 0700) < 0 && errno != EEXIST)
                return -errno;
        if (lstat(address.sun_path, &st) < 0)
                return -errno;
        if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077) != 0)
                return -EPERM;
        clear_directory(address.sun_path);
        return 0;
}

static int open_listener(const char *manager)
{
        CLEANUP(fd_closep) int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        struct sockaddr_un address;
        int r = warm_address(manager, WARM_ENGINE, &address);

        if (r < 0)
                return r;
        if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 || listen(fd, MAX_CLIENTS) < 0)
                return -errno;
        return fd_steal(&fd);
}

static int open_all(Resident *resident)
{
        sigset_t signals;
        int r = make_directory(resident->manager);

        if (r < 0)
                return r;
        resident->listener = open_listener(resident->manager);
        if (resident->listener < 0)
                return resident->listener;
        (void)sigemptyset(&signals);
        (void)sigaddset(&signals, SIGCHLD);
        (void)sigaddset(&signals, SIGTERM);
        (void)sigprocmask(SIG_BLOCK, &signals, NULL);
        resident->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
        resident->mounts = open("/proc/self/mounts", O_RDONLY | O_CLOEXEC);
        if (resident->signals < 0 || resident->mounts < 0 || pipe2(resident->taken, O_CLOEXEC) < 0 ||
            fcntl(resident->taken[0], F_SETFL, O_NONBLOCK) < 0)
                return -errno;
        return 0;
}

int resident_run(const char *manager, int manager_fd)
{
        Resident resident = { .manager = manager,
                              .own = user_namespace_own(),
                              .manager_fd = manager_fd,
                              .listener = -1,
                              .signals = -1,
                              .mounts = -1,
                              .taken = { -1, -1 },
                              .next_number = 1 };
        int r;

        (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
        for (size_t i = 0; i < MAX_CLIENTS; i++)
                resident.clients[i] = -1;
        r = open_all(&resident);
        while (r == 0 && !resident.over)
                turn(&resident);
        for (size_t i = 0; i < MAX_PARTS; i++)
                drop_part(&resident, i);
        return r;
}
