/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "front/status.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/i18n.h"

int front_status_of_wait(int wait_status)
{
        if (WIFEXITED(wait_status))
                return WEXITSTATUS(wait_status);
        if (WIFSIGNALED(wait_status))
                return FRONT_STATUS_SIGNAL + WTERMSIG(wait_status);
        return FRONT_STATUS_FAILED;
}

static const char *text_or(const Message *message, const char *key, const char *fallback)
{
        const char *value = message_get(message, key);

        return value == NULL ? fallback : value;
}

static bool is_of_app(const Message *error)
{
        return strcmp(text_or(error, "program", text_or(error, "box", "")), "app") == 0;
}

int front_status_of_error(const Message *error)
{
        int64_t number = message_get_number(error, "errno", EIO);

        if (strcmp(text_or(error, "step", ""), "exec") != 0 || !is_of_app(error))
                return FRONT_STATUS_FAILED;
        return number == ENOENT || number == ENOTDIR ? FRONT_STATUS_NOT_FOUND : FRONT_STATUS_NOT_EXECUTABLE;
}

/* A box, or a container: no sysctl would help. */
static const char within_sandbox[] =
        N_("This process is itself in a sandbox, which allows none within. If that is a box of Oriel's: "
           "`oriel run --nested=yes`, or nested=yes in its profile; a container: its seccomp profile.");

/* What usually is the cause, and what to do about it.  error 0: any. */
static const struct Mend {
        const char *step;
        int error;
        const char *text;
} mends[] = {
        { "clone", EPERM,
          N_("This host forbids unprivileged user namespaces: as root, `sysctl kernel.unprivileged_userns_clone=1` "
             "(in a container, let the outer one allow them); `oriel doctor` tells more.") },
        { "clone", ENOSPC,
          N_("Namespaces are nested too deep, or user.max_user_namespaces (sysctl) is used up; `oriel doctor` tells "
             "more.") },
        { "depth", ENOSPC,
          N_("The kernel nests 32 pid namespaces, and what Oriel itself runs in counts: take boxes, or pid from their "
             "unshare=, out of the tree.") },
        { "newuidmap", ENOENT, N_("A box maps subordinate ids, which needs it (on Debian: apt install uidmap).") },
        { "newuidmap", EPERM, N_("/etc/subuid and /etc/subgid don't give you the range that a box maps (subuid(5)).") },
        { "newuidmap", EACCES, N_("It could not be run with its privileges, as in a container that forbids them.") },
        { "newgidmap", ENOENT, N_("A box maps subordinate ids, which needs it (on Debian: apt install uidmap).") },
        { "newgidmap", EPERM, N_("/etc/subuid and /etc/subgid don't give you the range that a box maps (subuid(5)).") },
        { "clone", EAGAIN, N_("The limit on processes is reached (ulimit -u).") },
        { "uid map", 0,
          N_("AppArmor restricts user namespaces here (Ubuntu 24.04 and later): `oriel doctor` prints the profile "
             "that allows Oriel.") },
        { "setgroups", 0,
          N_("AppArmor restricts user namespaces here (Ubuntu 24.04 and later): `oriel doctor` prints the profile "
             "that allows Oriel.") },
        { "proc", EPERM, N_("/proc is partly covered here, as in a container: run the outer one with it unmasked.") },
        { "bind", ENOENT, N_("It is in the profile but not on this host; `oriel explain` names the line.") },
        { "bind", EACCES, N_("You may not read it yourself; `oriel explain` names the line that asks for it.") },
        { "overlay", ELOOP, N_("Its directories may not lie in each other, nor be the same.") },
        { "overlay", EBUSY,
          N_("Another run of this app has the same changes; --instance=NAME gives this one its own.") },
        { "overlay", EINVAL,
          N_("A file system is mounted below one of its directories, or the one for the changes can't hold them (it "
             "needs "
             "extended attributes, and upper and work on one file system).") },
        { "standard input", EBADF, N_("It is closed: </dev/null gives an empty one.") },
        { "ready", ETIMEDOUT, N_("It was started but never said that it is ready; its messages are in `oriel log`.") },
        { "exec", EACCES, N_("It is not executable, or lies where programs can't be started.") },
        { "exec", ENOEXEC, N_("It is no program for this machine, or a script without a #! line.") },
        { "exec", ENOENT, N_("No such program is visible inside; `oriel explain path` shows what is.") },
};

static const char *mend_of(const char *step, int error)
{
        if (strcmp(step, "clone") == 0 && prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == SECCOMP_MODE_FILTER)
                return within_sandbox;
        for (size_t i = 0; i < sizeof mends / sizeof *mends; i++)
                if (strcmp(mends[i].step, step) == 0 && (mends[i].error == 0 || mends[i].error == error))
                        return mends[i].text;
        return NULL;
}

const char *front_companion_hint(const char *program)
{
        static const struct {
                const char *start, *text;
        } hints[] = {
                { "image-",
                  N_("The image can't be opened: it is damaged, or holds far more than its size lets expect.") },
                { "wayland-context", N_("The compositor is not fit for boxed apps; `oriel doctor` says the same. "
                                        "--display=seamless gives the app an X server of its own.") },
                { "net-proxy", N_("Most often another program has a port that ports-in= names; the log tells which.") },
        };

        for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
                if (strncmp(program, hints[i].start, strlen(hints[i].start)) == 0)
                        return _(hints[i].text);
        return NULL;
}

void front_error_sentence(const char *step, const char *object, int error, Buffer *text)
{
        const char *mend = mend_of(step, error);

        buffer_add_text(text, "oriel: ");
        buffer_add_escaped(text, step);
        if (object != NULL && *object != '\0') {
                buffer_add_byte(text, ' ');
                buffer_add_escaped(text, object);
        }
        buffer_printf(text, ": %s\n", strerror(error));
        if (mend != NULL)
                buffer_printf(text, "%s\n", _(mend));
}

void front_error_print(const Message *error, Buffer *text)
{
        CLEANUP(buffer_clear) Buffer object = BUFFER_INIT;
        int64_t number = message_get_number(error, "errno", EIO);
        const char *box = message_get(error, "box");

        buffer_add_text(&object, text_or(error, "object", ""));
        if (box != NULL && strcmp(box, "app") != 0)
                buffer_printf(&object, "%s(%s)", object.n > 0 ? " " : "", box);
        if (buffer_text(&object) == NULL)
                return;
        front_error_sentence(text_or(error, "step", "keeper"), buffer_text(&object),
                             number > 0 && number < 4096 ? (int)number : EIO, text);
}
