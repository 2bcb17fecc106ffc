/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* ElfImage - an AppImage, or a squashfs file by itself: where in it the file system begins.
 *
 * A type 2 AppImage is an ELF program with a squashfs right behind it, so the file system begins where the program
 * ends: behind its last section or its table of sections, whichever is later.  The bytes, all untrusted, come from a
 * reader; a few hundred of them are read, wherever the header says, and nothing else is believed. */

/* Gives exactly n bytes from that offset; 0 or -errno.  It is never asked for what lies beyond the size. */
typedef int ElfImageReader(void *data, uint64_t offset, void *bytes, size_t n);

typedef enum ElfImageCode {
        ELF_IMAGE_FOUND,
        ELF_IMAGE_NONE,   /* no image, which is nothing wrong: a plain program, a text */
        ELF_IMAGE_TYPE_1, /* an ISO 9660 AppImage of before 2017 */
        ELF_IMAGE_CUT,    /* it ends before its file system does */
        ELF_IMAGE_BROKEN, /* it says that it is one, and its header or its squashfs header can't be right */
} ElfImageCode;

typedef struct ElfImage {
        uint64_t offset;  /* of the squashfs in the file */
        uint64_t n_bytes; /* of the squashfs, packed */
        uint32_t n_files; /* inodes that it says it has */
} ElfImage;

/* A code, or the reader's -errno.  *ret_image is filled only where one was found. */
int elf_image_find(ElfImage *ret_image, ElfImageReader *read, void *data, uint64_t size);

/* The same of an open regular file. */
int elf_image_find_in(ElfImage *ret_image, int fd);
