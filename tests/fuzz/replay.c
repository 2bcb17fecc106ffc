/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a fuzz target over the files of its corpus: usage: replay-NAME DIRECTORY.  A crash or an assertion ends it. */

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/fd.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

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
        return status;
}
