/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/elf-image.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
        MARK_OFFSET = 8, /* in e_ident: "AI" and the type */
        SQUASHFS_HEAD = 96,
        SQUASHFS_COMPRESSIONS = 6,
        SQUASHFS_MIN_LOG = 12,
        SQUASHFS_MAX_LOG = 20,
};

typedef struct Source {
        ElfImageReader *read;
        void *data;
        uint64_t size;
        bool big; /* the program's numbers are big-endian */
        bool wide;
} Source;

/* A code, or 0. */
static int get(const Source *source, uint64_t offset, void *bytes, size_t n)
{
        if (offset > source->size || n > source->size - offset)
                return ELF_IMAGE_CUT;
        return source->read(source->data, offset, bytes, n);
}

static uint64_t number(const unsigned char *bytes, size_t n, bool big)
{
        uint64_t value = 0;

        for (size_t i = 0; i < n; i++)
                value |= (uint64_t)bytes[i] << 8 * (big ? n - 1 - i : i);
        return value;
}

/* A field of a structure that differs between the classes. */
#define FIELD(source, bytes, name, Type)                                                                               \
        ((source)->wide                                                                                                \
                 ? number((bytes) + offsetof(Elf64_##Type, name), sizeof((Elf64_##Type *)0)->name, (source)->big)      \
                 : number((bytes) + offsetof(Elf32_##Type, name), sizeof((Elf32_##Type *)0)->name, (source)->big))

static int section_end(const Source *source, uint64_t at, size_t n, uint64_t *ret_end)
{
        unsigned char section[sizeof(Elf64_Shdr)] = { 0 };
        uint64_t start, length;
        int r = get(source, at, section, n);

        *ret_end = 0;
        if (r != 0)
                return r;
        /* Takes no room in the file. */
        if (FIELD(source, section, sh_type, Shdr) == SHT_NOBITS)
                return 0;
        start = FIELD(source, section, sh_offset, Shdr);
        length = FIELD(source, section, sh_size, Shdr);
        if (start > source->size || length > source->size - start)
                return ELF_IMAGE_CUT;
        *ret_end = start + length;
        return 0;
}

static int program_end(Source *source, const unsigned char *head, uint64_t *ret_end)
{
        uint64_t table, n_sections, entry, last_end = 0;
        size_t want = source->wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
        int r;

        table = FIELD(source, head, e_shoff, Ehdr);
        entry = FIELD(source, head, e_shentsize, Ehdr);
        n_sections = FIELD(source, head, e_shnum, Ehdr);
        if (table == 0 || entry != want)
                return ELF_IMAGE_BROKEN;
        if (table > source->size)
                return ELF_IMAGE_CUT;
        if (n_sections == 0) {
                /* More than the field holds: the number is in the first section's size (elf(5)). */
                unsigned char first[sizeof(Elf64_Shdr)] = { 0 };

                r = get(source, table, first, want);
                if (r != 0)
                        return r;
                n_sections = FIELD(source, first, sh_size, Shdr);
        }
        if (n_sections == 0)
                return ELF_IMAGE_BROKEN;
        if (n_sections > (source->size - table) / want)
                return ELF_IMAGE_CUT;
        *ret_end = table + n_sections * want;
        r = section_end(source, *ret_end - want, want, &last_end);
        if (r != 0)
                return r;
        *ret_end = *ret_end > last_end ? *ret_end : last_end;
        return 0;
}

static bool is_squashfs(const unsigned char *head)
{
        return memcmp(head, "hsqs", 4) == 0;
}

/* Version 4, whose numbers are all little-endian. */
static int check_squashfs(ElfImage *ret_image, const Source *source, uint64_t offset, const unsigned char *head)
{
        ElfImage image = { .offset = offset };
        uint64_t block = number(head + 12, 4, false), compression = number(head + 20, 2, false);
        uint64_t log = number(head + 22, 2, false);

        image.n_files = (uint32_t)number(head + 4, 4, false);
        image.n_bytes = number(head + 40, 8, false);
        if (number(head + 28, 2, false) != 4 || number(head + 30, 2, false) != 0 || log < SQUASHFS_MIN_LOG ||
            log > SQUASHFS_MAX_LOG || block != (uint64_t)1 << log || compression < 1 ||
            compression > SQUASHFS_COMPRESSIONS || image.n_bytes < SQUASHFS_HEAD || image.n_files == 0)
                return ELF_IMAGE_BROKEN;
        if (image.n_bytes > source->size - offset)
                return ELF_IMAGE_CUT;
        *ret_image = image;
        return ELF_IMAGE_FOUND;
}

/* marked: its header says that it is an AppImage of type 2. */
static int find_behind(ElfImage *ret_image, Source *source, const unsigned char *head, bool marked)
{
        unsigned char squashfs[SQUASHFS_HEAD];
        uint64_t end = 0;
        int r = program_end(source, head, &end);

        if (r == 0)
                r = get(source, end, squashfs, sizeof squashfs);
        if (r == 0 && !is_squashfs(squashfs))
                r = ELF_IMAGE_BROKEN;
        if (r == 0)
                return check_squashfs(ret_image, source, end, squashfs);
        return r < 0 || marked ? r : ELF_IMAGE_NONE;
}

int elf_image_find(ElfImage *ret_image, ElfImageReader *read, void *data, uint64_t size)
{
        Source source = { .read = read, .data = data, .size = size };
        unsigned char head[SQUASHFS_HEAD] = { 0 };
        const unsigned char *mark = head + MARK_OFFSET;
        int r;

        if (size < sizeof(Elf32_Ehdr))
                return ELF_IMAGE_NONE;
        r = get(&source, 0, head, size < sizeof head ? (size_t)size : sizeof head);
        if (r != 0)
                return r;
        if (is_squashfs(head))
                return size < sizeof head ? ELF_IMAGE_CUT : check_squashfs(ret_image, &source, 0, head);
        if (memcmp(head, ELFMAG, SELFMAG) != 0)
                return ELF_IMAGE_NONE;
        if (memcmp(mark, "AI\1", 3) == 0)
                return ELF_IMAGE_TYPE_1;
        source.wide = head[EI_CLASS] == ELFCLASS64;
        source.big = head[EI_DATA] == ELFDATA2MSB;
        if ((!source.wide && head[EI_CLASS] != ELFCLASS32) || (!source.big && head[EI_DATA] != ELFDATA2LSB) ||
            (source.wide && size < sizeof(Elf64_Ehdr)))
                return memcmp(mark, "AI\2", 3) == 0 ? ELF_IMAGE_BROKEN : ELF_IMAGE_NONE;
        return find_behind(ret_image, &source, head, memcmp(mark, "AI\2", 3) == 0);
}

/* data: int *, the descriptor. */
static int read_file(void *data, uint64_t offset, void *bytes, size_t n)
{
        const int *fd = data;

        for (size_t done = 0; done < n;) {
                ssize_t got = pread(*fd, (char *)bytes + done, n - done, (off_t)(offset + done));

                if (got < 0 && errno != EINTR)
                        return -errno;
                /* It was cut since its size was asked. */
                if (got == 0)
                        return -EIO;
                done += got > 0 ? (size_t)got : 0;
        }
        return 0;
}

int elf_image_find_in(ElfImage *ret_image, int fd)
{
        struct stat st = { 0 };

        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return ELF_IMAGE_NONE;
        return elf_image_find(ret_image, read_file, &fd, (uint64_t)st.st_size);
}
