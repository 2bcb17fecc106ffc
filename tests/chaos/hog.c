/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Takes all that it can get of one thing, says how much that was and what ended it, and holds it.
 * usage: hog namespaces|watches|memory|processes|descriptors|files PATH */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST = 2000000, BLOCK = 1024 * 1024 };

static const char *place;

/* Each takes one more; 0, or -1 with errno. */
static int one_namespace(long i)
{
        int ends[2];
        int fault = 0;
        pid_t pid;

        (void)i;
        if (pipe(ends) < 0 || (pid = fork()) < 0)
                return -1;
        if (pid == 0) {
                fault = unshare(CLONE_NEWUSER) < 0 ? errno : 0;
                if (write(ends[1], &fault, sizeof fault) != sizeof fault || fault != 0)
                        _exit(1);
                close(ends[0]);
                close(ends[1]);
                for (;;)
                        pause();
        }
        close(ends[1]);
        if (read(ends[0], &fault, sizeof fault) != sizeof fault)
                fault = EIO;
        close(ends[0]);
        errno = fault;
        return fault == 0 ? 0 : -1;
}

static int one_watch(long i)
{
        static int inotify = -1;
        char path[256];

        if (inotify < 0 && (inotify = inotify_init1(IN_CLOEXEC)) < 0)
                return -1;
        snprintf(path, sizeof path, "%s/%ld", place, i % 4096);
        if (i < 4096 && mkdir(path, 0700) < 0 && errno != EEXIST)
                return -1;
        /* One watch for each inode and instance: a new instance after every round. */
        if (i > 0 && i % 4096 == 0 && (inotify = inotify_init1(IN_CLOEXEC)) < 0)
                return -1;
        return inotify_add_watch(inotify, path, IN_ALL_EVENTS) < 0 ? -1 : 0;
}

static int one_block(long i)
{
        void *block = mmap(NULL, BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        (void)i;
        if (block == MAP_FAILED)
                return -1;
        memset(block, 1, BLOCK);
        return 0;
}

static int one_process(long i)
{
        pid_t pid = fork();

        (void)i;
        if (pid == 0)
                for (;;)
                        pause();
        return pid < 0 ? -1 : 0;
}

static int one_descriptor(long i)
{
        (void)i;
        return open("/", O_PATH) < 0 ? -1 : 0;
}

static int one_file(long i)
{
        static char block[BLOCK];
        static int fd = -1;

        if (i == 0) {
                char path[256];

                snprintf(path, sizeof path, "%s/big", place);
                fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        }
        return write(fd, block, sizeof block) <= 0 ? -1 : 0;
}

static const struct {
        const char *name;
        int (*take)(long);
} kinds[] = {
        { "namespaces", one_namespace }, { "watches", one_watch },          { "memory", one_block },
        { "processes", one_process },    { "descriptors", one_descriptor }, { "files", one_file },
};

int main(int argc, char **argv)
{
        long taken = 0;

        place = argc > 2 ? argv[2] : ".";
        for (size_t k = 0; argc > 1 && k < sizeof kinds / sizeof *kinds; k++) {
                if (strcmp(argv[1], kinds[k].name) != 0)
                        continue;
                while (taken < MOST && kinds[k].take(taken) == 0)
                        taken++;
                printf("%s %ld %s\n", kinds[k].name, taken, taken < MOST ? strerrorname_np(errno) : "without end");
                fflush(stdout);
                for (;;)
                        pause();
        }
        return 2;
}
