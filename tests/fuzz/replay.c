/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a fuzz target over the files of its corpus, and where it has a mutator of its own over what that makes of
 * nothing: the same each time.  usage: replay-NAME DIRECTORY.  A crash or an assertion ends it. */

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/fd.h"

enum { MUTATE_ROUNDS = 1000, MUTATE_BYTES_MAX = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* A target's own mutator, and libFuzzer's part of that. */
__attribute__((weak)) size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t max, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t n, size_t max);

size_t LLVMFuzzerMutate(uint8_t *data, size_t n, size_t max)
{
        if (n > 0 && n <= max)
                data[n / 2] ^= (uint8_t)(n | 1);
        return n;
}

static void mutate(void)
{
        static uint8_t bytes[MUTATE_BYTES_MAX];
        size_t n = 0;

        for (unsigned seed = 1; LLVMFuzzerCustomMutator != NULL && seed <= MUTATE_ROUNDS; seed++) {
                n = LLVMFuzzerCustomMutator(bytes, n, sizeof bytes, seed);
                (void)LLVMFuzzerTestOneInput(bytes, n);
        }
}

static int replay(DIR *directory, const char *path)
{
        size_t n_files = 0;

        for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
                CLEANUP(fd_closep) int fd = -1;
                CLEANUP(freep) char *bytes = NULL;
                size_t n = 0;

                if (entry->d_name[0] == '.')
                        continue;
                fd = openat(dirfd(directory), entry->d_name, O_RDONLY | O_CLOEXEC);
                if (fd < 0 || fd_read_all(fd, 64 * 1024 * 1024, &bytes, &n) < 0) {
                        (void)fprintf(stderr, "%s/%s: cannot be read\n", path, entry->d_name);
                        return 1;
                }
                (void)LLVMFuzzerTestOneInput((const uint8_t *)bytes, n);
                n_files++;
        }
        (void)printf("%zu files\n", n_files);
        return n_files > 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
        DIR *directory = argc == 2 ? opendir(argv[1]) : NULL;
        int status = 1;

        if (directory == NULL) {
                (void)fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
                return 1;
        }
        status = replay(directory, argv[1]);
        (void)closedir(directory);
        mutate();
        return status;
}
