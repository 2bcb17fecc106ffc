/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* open-loop N: opens and closes a file N times, and prints how long one of them takes, in nanoseconds. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
        long n = argc > 1 ? strtol(argv[1], NULL, 10) : 1000;
        struct timespec begin = { 0 }, end = { 0 };

        (void)clock_gettime(CLOCK_MONOTONIC, &begin);
        for (long i = 0; i < n; i++) {
                int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);

                if (fd < 0)
                        return 1;
                (void)close(fd);
        }
        (void)clock_gettime(CLOCK_MONOTONIC, &end);
        printf("%.0f\n",
               ((double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec)) / (double)n);
        return 0;
}
