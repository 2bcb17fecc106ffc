/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starts commands in turn, many rounds, and says how long each took from spawn to reap: interleaved, so that whatever
 * else the machine does hits all alike.  stdin and stdout are /dev/null; descriptor 9 is FILE, opened anew for each run
 * (bubblewrap reads its filter from a descriptor).
 * With -o stdout is a pipe, and the time is that of the first byte that comes.
 * usage: race [-o] ROUNDS GAP_US FILE COMMAND... [-- COMMAND...]...; one line per run: INDEX MICROSECONDS STATUS */

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

/* output: the pipe that is its stdout, or NULL. *ret_end: when it said something, else when it ended. */
static int run(char **command, const posix_spawn_file_actions_t *actions, int output[2], double *ret_end)
{
        pid_t pid;
        int status = 0;
        char byte;

        if (posix_spawnp(&pid, command[0], actions, NULL, command, environ) != 0)
                return 127 << 8;
        if (output != NULL) {
                close(output[1]);
                if (read(output[0], &byte, 1) != 1)
                        status = 1 << 8; /* its own takes its place */
                *ret_end = now_us();
        }
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
                ;
        if (output == NULL)
                *ret_end = now_us();
        else
                close(output[0]);
        return status;
}

/* One run of a command, timed. */
static void measure(size_t i, char **command, const char *file, bool until_output)
{
        posix_spawn_file_actions_t actions;
        int output[2] = { -1, -1 };
        double start, end = 0;
        int status;

        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        if (until_output && pipe2(output, O_CLOEXEC) == 0)
                posix_spawn_file_actions_adddup2(&actions, output[1], 1);
        else
                posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
        posix_spawn_file_actions_addopen(&actions, FILTER_FD, file, O_RDONLY, 0);
        start = now_us();
        status = run(command, &actions, until_output ? output : NULL, &end);
        printf("%zu %.1f %d\n", i, end - start, status);
        posix_spawn_file_actions_destroy(&actions);
}

int main(int argc, char **argv)
{
        bool until_output = argc > 1 && strcmp(argv[1], "-o") == 0;
        char **commands[COMMANDS_MAX];

        argc -= until_output;
        argv += until_output;
        if (argc < 5) {
                fprintf(stderr, "usage: race [-o] ROUNDS GAP_US FILE COMMAND... [-- COMMAND...]...\n");
                return 2;
        }
        size_t n = split(argv + 4, commands);
        long rounds = strtol(argv[1], NULL, 10), gap = strtol(argv[2], NULL, 10);

        for (long round = 0; round < rounds; round++) {
                for (size_t i = 0; i < n; i++) {
                        usleep((useconds_t)gap);
                        measure(i, commands[i], argv[3], until_output);
                }
        }
        return 0;
}
