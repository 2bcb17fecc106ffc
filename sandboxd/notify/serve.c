/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The loop: a call comes, is looked at, goes on; or its file is asked for, and it waits for the answer.
 *
 * What may be asked for is a file of this user's or of the system's that others may read too, or at least nothing that
 * lies behind a directory or has a mode that keeps others out: keys, passwords and the data of Oriel and of other apps
 * do. A file that is to be read goes into the app as a copy in memory: the app could open the file's own descriptor
 * anew, for writing.  One that is to be written goes in as itself.  A directory never does: from it ".." leads to the
 * host's root. */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "audit/audit.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/message.h"
#include "notify/look.h"
#include "notify/notify.h"

/* Linux 5.14; <linux/seccomp.h> may be older. */
#ifndef SECCOMP_ADDFD_FLAG_SEND
#define SECCOMP_ADDFD_FLAG_SEND (1UL << 1)
#endif

enum {
        MAX_WAITING = 32,
        MAX_TOLD = 1 << 14, /* of two different bits of hash: each is told once */
        ASK_MS = 60 * 1000,
};
#define MAX_COPY ((off_t)64 * 1024 * 1024)

/* A call that waits for a person. */
typedef struct Waiting {
        uint64_t id; /* of the notification; 0: free */
        uint64_t seq;
        int file; /* the object that the question names, O_PATH */
        int open_flags;
        bool write;
        char path[PATH_MAX];
} Waiting;

typedef struct Notify {
        int listener, channel;
        bool ask;
        const char *home; /* the caller's message outlives the fork */
        uint64_t seq;
        struct seccomp_notif_sizes sizes;
        Waiting waiting[MAX_WAITING];
        uint64_t told[MAX_TOLD];
} Notify;

static const struct AccessRow {
        AuditEvent event;
        const char *op, *access, *suffix;
} accesses[] = {
        [NOTIFY_LOOK] = { AUDIT_EVENT_FILE, "look", "read", ":ro" },
        [NOTIFY_READ] = { AUDIT_EVENT_FILE, "open", "read", ":ro" },
        [NOTIFY_WRITE] = { AUDIT_EVENT_FILE, "open", "write", "" },
        [NOTIFY_EXECUTE] = { AUDIT_EVENT_EXEC, "exec", "execute", ":ro" },
        [NOTIFY_CONNECT] = { AUDIT_EVENT_SOCK, "connect", "connect", "" },
};

static uint64_t hash(const char *path, NotifyAccess access)
{
        uint64_t h = UINT64_C(14695981039346656037) ^ access;

        for (; *path != '\0'; path++)
                h = (h ^ (unsigned char)*path) * UINT64_C(1099511628211);
        return h == 0 ? 1 : h;
}

/* True the first time. */
static bool is_news(Notify *notify, const Look *look)
{
        uint64_t h = hash(look->path, look->access);

        for (size_t i = 0; i < 8; i++) {
                uint64_t *place = &notify->told[(h + i) % MAX_TOLD];

                if (*place == h)
                        return false;
                if (*place == 0) {
                        *place = h;
                        return true;
                }
        }
        return true;
}

static void tell(const Notify *notify, const char *path, NotifyAccess access, bool allowed)
{
        const struct AccessRow *row = &accesses[access];
        CLEANUP(buffer_clear) Buffer mend = BUFFER_INIT;
        CLEANUP(message_freep) Message *message = NULL;
        AuditRecord record = { .event = row->event,
                               .verdict = allowed ? AUDIT_VERDICT_ALLOW : AUDIT_VERDICT_DENY,
                               .trust = AUDIT_TRUST_HINT };

        buffer_printf(&mend, "--filesystem=%s%s", path, row->suffix);
        record.text[AUDIT_OP] = row->op;
        record.text[AUDIT_VIA] = "learn";
        record.text[AUDIT_PATH] = path;
        record.text[AUDIT_ACCESS] = row->access;
        record.text[AUDIT_BY] = allowed ? "user:once" : "default";
        record.text[AUDIT_MEND] = allowed ? NULL : buffer_text(&mend);
        message = audit_record_to_message(&record);
        if (message != NULL)
                (void)message_send(notify->channel, message, NULL, 0);
}

static bool still_waits(const Notify *notify, uint64_t id)
{
        return ioctl(notify->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

/* On in the kernel, which knows the box and nothing else. */
static void let_go(const Notify *notify, uint64_t id)
{
        struct seccomp_notif_resp response = { .id = id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE };

        (void)ioctl(notify->listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

/* ---- Asking ---- */

/* Is one of the directories on its way, or the file itself, this user's alone?  The person's home may be. */
static bool is_kept_private(const char *path, const char *home, const struct stat *st)
{
        size_t n_home = strlen(home);
        char above[PATH_MAX];

        if ((st->st_mode & 077) == 0)
                return true;
        (void)snprintf(above, sizeof above, "%s", path);
        for (char *slash = strrchr(above, '/'); slash != NULL && slash != above; slash = strrchr(above, '/')) {
                struct stat is = { 0 };

                *slash = '\0';
                if (n_home > 0 && strncmp(above, home, n_home) == 0 && above[n_home] == '\0')
                        break;
                if (lstat(above, &is) < 0 || (is.st_mode & 077) == 0)
                        return true;
        }
        return false;
}

/* The object, and where it really lies; -EPERM: it is not to be asked for. */
static int pin(Waiting *waiting, const Look *look, const char *home)
{
        CLEANUP(fd_closep)
        int fd = open(look->path, O_PATH | O_CLOEXEC | ((look->open_flags & O_NOFOLLOW) != 0 ? O_NOFOLLOW : 0));
        struct stat st = { 0 };
        char link[32];
        ssize_t n;

        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        n = readlink(link, waiting->path, sizeof waiting->path - 1);
        if (n <= 0)
                return -errno;
        waiting->path[n] = '\0';
        if (!S_ISREG(st.st_mode) || look_is_box_own(waiting->path, home) || is_kept_private(waiting->path, home, &st))
                return -EPERM;
        waiting->file = fd_steal(&fd);
        return 0;
}

static bool ask(Notify *notify, const Look *look, uint64_t id)
{
        CLEANUP(message_freep) Message *message = NULL;
        CLEANUP(buffer_clear) Buffer rule = BUFFER_INIT, summary = BUFFER_INIT;
        Waiting *waiting = NULL;

        for (size_t i = 0; i < MAX_WAITING && waiting == NULL; i++)
                if (notify->waiting[i].id == 0)
                        waiting = &notify->waiting[i];
        if (waiting == NULL || pin(waiting, look, notify->home) < 0)
                return false;
        waiting->write = look->access == NOTIFY_WRITE;
        waiting->open_flags = look->open_flags;
        waiting->seq = ++notify->seq;
        buffer_printf(&rule, "[Context] filesystems=%s%s", waiting->path, waiting->write ? "" : ":ro");
        buffer_add_text(&summary, waiting->write ? "open for writing: " : "read: ");
        buffer_add_escaped(&summary, waiting->path);
        message = message_new("ask");
        if (message != NULL) {
                message_add_number(message, "seq", (int64_t)waiting->seq);
                message_add(message, "kind", "file");
                message_add(message, "subject", waiting->path);
                message_add(message, "summary", buffer_text(&summary));
                message_add(message, "rule", buffer_text(&rule));
                message_add_number(message, "timeout-ms", ASK_MS);
        }
        if (message == NULL || message_send(notify->channel, message, NULL, 0) < 0) {
                waiting->file = fd_close(waiting->file);
                return false;
        }
        waiting->id = id;
        return true;
}

static int copy_in_memory(int file)
{
        CLEANUP(fd_closep) int copy = memfd_create("learn", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        struct stat st = { 0 };
        off_t at = 0;

        if (copy < 0 || fstat(file, &st) < 0)
                return -errno;
        if (st.st_size > MAX_COPY)
                return -EFBIG;
        while (at < st.st_size) {
                ssize_t n = sendfile(copy, file, &at, (size_t)(st.st_size - at));

                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
        }
        if (lseek(copy, 0, SEEK_SET) < 0 || fchmod(copy, 0444) < 0 ||
            fcntl(copy, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
                return -errno;
        return fd_steal(&copy);
}

/* What the app gets for its call. */
static int open_allowed(const Waiting *waiting)
{
        CLEANUP(fd_closep) int file = -1;
        char path[32];
        int flags = waiting->write ? waiting->open_flags & (O_ACCMODE | O_APPEND | O_TRUNC) : O_RDONLY;

        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", waiting->file);
        file = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (file < 0)
                return -errno;
        return waiting->write ? fd_steal(&file) : copy_in_memory(file);
}

static void give(const Notify *notify, const Waiting *waiting)
{
        CLEANUP(fd_closep) int fd = open_allowed(waiting);
        struct seccomp_notif_addfd add = { .id = waiting->id,
                                           .flags = SECCOMP_ADDFD_FLAG_SEND,
                                           .srcfd = (uint32_t)fd,
                                           .newfd_flags = (uint32_t)(waiting->open_flags & O_CLOEXEC) };
        struct seccomp_notif_resp response = { .id = waiting->id, .error = fd < 0 ? fd : -EACCES };

        if (fd < 0 || ioctl(notify->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add) < 0)
                (void)ioctl(notify->listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
        else
                tell(notify, waiting->path, waiting->write ? NOTIFY_WRITE : NOTIFY_READ, true);
}

static void on_answer(Notify *notify)
{
        CLEANUP(message_freep) Message *message = NULL;
        int r = message_receive(notify->channel, &message, NULL, NULL, NULL);
        const char *verdict;
        int64_t seq;

        if (r == -EAGAIN)
                return;
        if (r <= 0)
                _exit(0);
        if (strcmp(message_verb(message), "answer") != 0)
                return;
        seq = message_get_number(message, "seq", 0);
        verdict = message_get(message, "verdict");
        for (size_t i = 0; i < MAX_WAITING; i++) {
                Waiting *waiting = &notify->waiting[i];

                if (waiting->id == 0 || (int64_t)waiting->seq != seq)
                        continue;
                if (verdict != NULL && strcmp(verdict, "allow") == 0) {
                        give(notify, waiting);
                } else {
                        tell(notify, waiting->path, waiting->write ? NOTIFY_WRITE : NOTIFY_READ, false);
                        let_go(notify, waiting->id);
                }
                waiting->file = fd_close(waiting->file);
                waiting->id = 0;
        }
}

/* ---- Calls ---- */

static void on_call(Notify *notify, struct seccomp_notif *call)
{
        Look look;
        bool opens;

        memset(call, 0, notify->sizes.seccomp_notif);
        if (ioctl(notify->listener, SECCOMP_IOCTL_NOTIF_RECV, call) < 0)
                return;
        /* What was read counts only if the call still waits: else the number may be another process's by now. */
        if (look_at(&look, call, notify->home) < 0 || !look.missing || !still_waits(notify, call->id)) {
                let_go(notify, call->id);
                return;
        }
        opens = look.access == NOTIFY_READ || look.access == NOTIFY_WRITE;
        if (notify->ask && opens && ask(notify, &look, call->id))
                return;
        if (is_news(notify, &look))
                tell(notify, look.path, look.access, false);
        let_go(notify, call->id);
}

static _Noreturn void serve(Notify *notify)
{
        struct seccomp_notif *call = calloc(1, notify->sizes.seccomp_notif);

        while (call != NULL) {
                struct pollfd polls[] = { { .fd = notify->listener, .events = POLLIN },
                                          { .fd = notify->channel, .events = POLLIN } };

                if (poll(polls, 2, -1) < 0 && errno != EINTR)
                        break;
                if (polls[1].revents != 0)
                        on_answer(notify);
                if ((polls[0].revents & POLLIN) != 0)
                        on_call(notify, call);
                else if (polls[0].revents != 0)
                        break; /* nobody waits, or will */
        }
        _exit(0);
}

int notify_start(int *listener, const char *home, bool ask_too, int *ret_fd)
{
        Notify *notify = calloc(1, sizeof *notify);
        int ends[2] = { -1, -1 };
        pid_t child = -1, parent = getpid();
        sigset_t none;

        if (notify == NULL || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
                free(notify);
                return notify == NULL ? -ENOMEM : -errno;
        }
        notify->listener = *listener;
        notify->channel = ends[1];
        notify->ask = ask_too;
        notify->home = home;
        for (size_t i = 0; i < MAX_WAITING; i++)
                notify->waiting[i].file = -1;
        /* The kernel's structure may be larger than the one that was compiled in. */
        if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &notify->sizes) == 0) {
                if (notify->sizes.seccomp_notif < sizeof(struct seccomp_notif))
                        notify->sizes.seccomp_notif = sizeof(struct seccomp_notif);
                child = fork();
        }
        if (child == 0) {
                (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
                (void)setpgid(0, 0); /* ^C is the app's affair */
                (void)sigemptyset(&none);
                (void)sigprocmask(SIG_SETMASK, &none, NULL);
                (void)fd_close(ends[0]);
                if (getppid() != parent)
                        _exit(0);
                serve(notify);
        }
        free(notify);
        (void)fd_close(ends[1]);
        if (child < 0) {
                (void)fd_close(ends[0]);
                return -errno;
        }
        *listener = fd_close(*listener);
        *ret_fd = ends[0];
        (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
        return 0;
}
