/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starts commands in turn, many rounds, and says how long each took from spawn to reap: interleaved, so that whatever
 * else the machine does hits all alike.  stdin and stdout are /dev/null; descriptor 9 is FILE, opened anew for each run
 * (bubblewrap reads its filter from a descriptor).
 * usage: race ROUNDS GAP_US FILE COMMAND... [-- COMMAND...]...; one line per run: INDEX MICROSECONDS STATUS */

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { COMMANDS_MAX = 16, FILTER_FD = 9 };

static double now_us(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* Splits argv at each "--" that stands where a command would end: an argument "--" of a command is written "---". */
static size_t split(char **argv, char **commands[])
{
        size_t n = 0;
        bool begin = true;

        for (char **at = argv; *at != NULL; at++) {
                if (strcmp(*at, "--") == 0) {
                        *at = NULL;
                        begin = true;
                        continue;
                }
                if (strcmp(*at, "---") == 0)
                        *at += 1;
                if (begin && n < COMMANDS_MAX)
                        commands[n++] = at;
                begin = false;
        }
        return n;
}

static int run(char **command, const posix_spawn_file_actions_t *actions)
{
        pid_t pid;
        int status = 0;

        if (posix_spawnp(&pid, command[0], actions, NULL, command, environ) != 0)
                return 127 << 8;
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
                ;
        return status;
}

int main(int argc, char **argv)
{
        char **commands[COMMANDS_MAX];
        posix_spawn_file_actions_t actions;

        if (argc < 5) {
                fprintf(stderr, "usage: race ROUNDS GAP_US FILE COMMAND... [-- COMMAND...]...\n");
                return 2;
        }
        size_t n = split(argv + 4, commands);
        long rounds = strtol(argv[1], NULL, 10), gap = strtol(argv[2], NULL, 10);

        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
        posix_spawn_file_actions_addopen(&actions, FILTER_FD, argv[3], O_RDONLY, 0);
        for (long round = 0; round < rounds; round++) {
                for (size_t i = 0; i < n; i++) {
                        usleep((useconds_t)gap);
                        double start = now_us();
                        int status = run(commands[i], &actions);

                        printf("%zu %.1f %d\n", i, now_us() - start, status);
                }
        }
        posix_spawn_file_actions_destroy(&actions);
        return 0;
}
