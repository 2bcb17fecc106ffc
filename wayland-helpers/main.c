/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel-wayland-context: makes a labelled way to the person's compositor for one instance, looks at what the compositor
 * shows there, and keeps it open for as long as it lives itself.  It runs in a semi-trusted box.  `check` does the same
 * for nobody and tells what came of it.  0; 1 with a line on stderr (of check: on stdout) for a refusal, 2: usage. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "wayland-helpers/context.h"
#include "wayland-helpers/globals.h"
#include "wayland-helpers/risk.h"

enum {
        DEADLINE_SECONDS = 5, /* a compositor that says nothing for so long is no compositor */
        MAX_ID = 64,
        BACKLOG = 16,
};

typedef struct Options {
        int listen_fd, ready_fd, instance_fd;
        const char *app, *socket;
} Options;

static const char mute[] = "the compositor does not answer\n";

/* Where a reason is waited for.  No destructor of the library's would help: the connection is in its hands. */
static void on_deadline_of_serve(int number)
{
        static const char name[] = "oriel-wayland-context: ";

        (void)number;
        (void)!write(STDERR_FILENO, name, strlen(name));
        (void)!write(STDERR_FILENO, mute, strlen(mute));
        _exit(1);
}

/* Of the one check of this process: what a deadline leaves to be removed. */
static char check_directory[PATH_MAX], check_socket[PATH_MAX + sizeof "/socket"];

static void leave_check(void)
{
        (void)unlink(check_socket);
        (void)rmdir(check_directory);
}

static void on_deadline_of_check(int number)
{
        (void)number;
        leave_check();
        (void)!write(STDOUT_FILENO, mute, strlen(mute));
        _exit(1);
}

static int usage(void)
{
        (void)fprintf(stderr,
                      "usage: oriel-wayland-context serve --listen=FD --socket=PATH --app=ID --instance=FD [--fd=FD]\n"
                      "       oriel-wayland-context check\n");
        return 2;
}

/* A labelled way through that listening socket, bound at path, and nothing behind it that an app may not have.  The
 * descriptor that keeps it open, or -1 with why. */
static int open_way(Buffer *why, const ContextLabel *label, int listen_fd, const char *path)
{
        CLEANUP(buffer_clear) Buffer names = BUFFER_INIT;
        CLEANUP(buffer_clear) Buffer risks = BUFFER_INIT;
        CLEANUP(fd_closep) int fd = context_make(why, label, listen_fd);
        int r;

        if (fd < 0)
                return -1;
        r = wayland_globals_ask(&names, path);
        if (r < 0) {
                buffer_printf(why, "the compositor does not answer through the new socket: %s", strerror(-r));
                return -1;
        }
        if (wayland_risks(&risks, &names)) {
                buffer_printf(why, "the compositor shows boxed apps what they may not have: %s", buffer_text(&risks));
                return -1;
        }
        return risks.failed || names.failed ? -1 : fd_steal(&fd);
}

static bool take_option(Options *options, const char *word)
{
        const struct {
                const char *name;
                int *number;
                const char **text;
        } known[] = {
                { "--listen=", &options->listen_fd, NULL },     { "--fd=", &options->ready_fd, NULL },
                { "--instance=", &options->instance_fd, NULL }, { "--app=", NULL, &options->app },
                { "--socket=", NULL, &options->socket },
        };

        for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
                const char *value = word + strlen(known[i].name);

                if (strncmp(word, known[i].name, strlen(known[i].name)) != 0)
                        continue;
                if (known[i].text != NULL)
                        *known[i].text = value;
                else
                        *known[i].number = atoi(value);
                return known[i].number == NULL || *known[i].number >= 3;
        }
        return false;
}

/* From its beginning each time: who is started again has the same description. */
static bool read_id(int fd, char id[MAX_ID])
{
        ssize_t n = pread(fd, id, MAX_ID - 1, 0);

        id[n < 0 ? 0 : n] = '\0';
        return n > 0;
}

/* Asleep until the compositor lets go of its end. */
static int keep(int fd)
{
        struct pollfd way = { .fd = fd };

        while (poll(&way, 1, -1) < 0)
                if (errno != EINTR)
                        return 1;
        (void)fprintf(stderr, "oriel-wayland-context: the compositor has ended the security context\n");
        return 1;
}

static int serve(int argc, char **argv)
{
        Options options = { .listen_fd = -1, .ready_fd = -1, .instance_fd = -1 };
        CLEANUP(buffer_clear) Buffer why = BUFFER_INIT;
        CLEANUP(fd_closep) int fd = -1;
        char id[MAX_ID];

        for (int i = 1; i < argc; i++)
                if (!take_option(&options, argv[i]))
                        return usage();
        if (options.listen_fd < 0 || options.instance_fd < 0 || options.app == NULL || options.socket == NULL)
                return usage();
        if (!read_id(options.instance_fd, id)) {
                (void)fprintf(stderr, "oriel-wayland-context: --instance: no id can be read\n");
                return 1;
        }
        (void)signal(SIGALRM, on_deadline_of_serve);
        (void)alarm(DEADLINE_SECONDS);
        fd = open_way(&why, &(ContextLabel){ .app = options.app, .instance = id }, options.listen_fd, options.socket);
        (void)alarm(0);
        if (fd < 0) {
                (void)fprintf(stderr, "oriel-wayland-context: %s\n",
                              buffer_text(&why) != NULL ? buffer_text(&why) : "out of memory");
                return 1;
        }
        options.listen_fd = fd_close(options.listen_fd);
        if (options.ready_fd >= 0) {
                if (fd_write_all(options.ready_fd, "\n", 1) < 0)
                        return 1;
                options.ready_fd = fd_close(options.ready_fd);
        }
        return keep(fd);
}

static int listen_at(const char *path)
{
        CLEANUP(fd_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        if (fd < 0)
                return -errno;
        if (snprintf(address.sun_path, sizeof address.sun_path, "%s", path) >= (int)sizeof address.sun_path)
                return -ENAMETOOLONG;
        if (bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 || listen(fd, BACKLOG) < 0)
                return -errno;
        return fd_steal(&fd);
}

static int check(void)
{
        const char *above = getenv("XDG_RUNTIME_DIR");
        CLEANUP(buffer_clear) Buffer why = BUFFER_INIT;
        CLEANUP(fd_closep) int listening = -1;
        CLEANUP(fd_closep) int fd = -1;

        if (snprintf(check_directory, sizeof check_directory, "%s/oriel-check.XXXXXX",
                     above != NULL ? above : "/tmp") >= (int)sizeof check_directory ||
            mkdtemp(check_directory) == NULL) {
                (void)printf("no directory can be made: %s\n", strerror(errno));
                return 1;
        }
        (void)snprintf(check_socket, sizeof check_socket, "%s/socket", check_directory);
        (void)signal(SIGALRM, on_deadline_of_check);
        (void)alarm(DEADLINE_SECONDS);
        listening = listen_at(check_socket);
        if (listening >= 0)
                fd = open_way(&why, &(ContextLabel){ .app = "org.oriel.Check", .instance = "00000000" }, listening,
                              check_socket);
        else
                buffer_printf(&why, "%s: %s", check_socket, strerror(-listening));
        leave_check();
        if (fd < 0)
                (void)printf("%s\n", buffer_text(&why) != NULL ? buffer_text(&why) : "out of memory");
        return fd < 0;
}

int main(int argc, char **argv)
{
        fd_guard_stdio();
        (void)signal(SIGPIPE, SIG_IGN);
        if (argc >= 2 && strcmp(argv[1], "serve") == 0)
                return serve(argc - 1, argv + 1);
        if (argc == 2 && strcmp(argv[1], "check") == 0)
                return check();
        return usage();
}
