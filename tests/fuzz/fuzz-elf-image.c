/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Images: no read is asked for beyond the bytes, and a file system that is found lies inside them. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "image/elf-image.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

typedef struct Bytes {
        const uint8_t *start;
        size_t n;
} Bytes;

static int read_bytes(void *data, uint64_t offset, void *bytes, size_t n)
{
        const Bytes *from = data;

        if (offset > from->n || n > from->n - offset)
                abort();
        memcpy(bytes, from->start + offset, n);
        return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
        Bytes from = { bytes, n };
        ElfImage image = { 0 };
        int code = elf_image_find(&image, read_bytes, &from, n);

        if (code < ELF_IMAGE_FOUND || code > ELF_IMAGE_BROKEN)
                abort();
        if (code == ELF_IMAGE_FOUND &&
            (image.offset > n || image.n_bytes > n - image.offset || memcmp(bytes + image.offset, "hsqs", 4) != 0))
                abort();
        return 0;
}
