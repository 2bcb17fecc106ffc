/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An image is made in memory, in each class and byte order, then broken in one way a row. */
#include <elf.h>
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "image/elf-image.h"

enum { N_SECTIONS = 5, CODE = 200 /* bytes before the table of sections */, SQUASHFS = 300 };

typedef struct Made {
        GByteArray *bytes;
        gboolean wide, big;
        gsize table, end; /* of the sections; of the program */
} Made;

static void put(Made *made, gsize at, gsize n, guint64 value)
{
        for (gsize i = 0; i < n; i++)
                made->bytes->data[at + i] = (guint8)(value >> 8 * (made->big ? n - 1 - i : i));
}

/* As put(), always little-endian. */
static void put_little(Made *made, gsize at, gsize n, guint64 value)
{
        gboolean big = made->big;

        made->big = FALSE;
        put(made, at, n, value);
        made->big = big;
}

#define PUT(made, at, Type, field, value)                                                                              \
        ((made)->wide ? put(made, (at) + offsetof(Elf64_##Type, field), sizeof((Elf64_##Type *)0)->field, value)       \
                      : put(made, (at) + offsetof(Elf32_##Type, field), sizeof((Elf32_##Type *)0)->field, value))

static void put_squashfs(Made *made, gsize at)
{
        g_byte_array_set_size(made->bytes, (guint)(at + SQUASHFS));
        memset(made->bytes->data + at, 0, SQUASHFS);
        memcpy(made->bytes->data + at, "hsqs", 4);
        put_little(made, at + 4, 4, 12);
        put_little(made, at + 12, 4, 131072);
        put_little(made, at + 20, 2, 1);
        put_little(made, at + 22, 2, 17);
        put_little(made, at + 28, 2, 4);
        put_little(made, at + 40, 8, SQUASHFS);
}

static gsize section_at(const Made *made, guint i)
{
        return made->table + i * (made->wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr));
}

static void make(Made *made, gboolean wide, gboolean big)
{
        *made = (Made){ .bytes = g_byte_array_new(), .wide = wide, .big = big, .table = CODE };
        made->end = section_at(made, N_SECTIONS);
        g_byte_array_set_size(made->bytes, (guint)made->end);
        memset(made->bytes->data, 0, made->end);
        memcpy(made->bytes->data, ELFMAG, SELFMAG);
        made->bytes->data[EI_CLASS] = wide ? ELFCLASS64 : ELFCLASS32;
        made->bytes->data[EI_DATA] = big ? ELFDATA2MSB : ELFDATA2LSB;
        memcpy(made->bytes->data + 8, "AI\2", 3);
        PUT(made, 0, Ehdr, e_shoff, made->table);
        PUT(made, 0, Ehdr, e_shentsize, wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr));
        PUT(made, 0, Ehdr, e_shnum, N_SECTIONS);
        put_squashfs(made, made->end);
}

static int read_bytes(void *data, uint64_t offset, void *bytes, size_t n)
{
        const GByteArray *from = data;

        g_assert_cmpuint(offset, <=, from->len);
        g_assert_cmpuint(n, <=, from->len - offset);
        memcpy(bytes, from->data + offset, n);
        return 0;
}

static int find(const Made *made, ElfImage *image)
{
        return elf_image_find(image, read_bytes, made->bytes, made->bytes->len);
}

#define SECTION(i) section_at(made, i)
#define BREAKS                                                                                                         \
        ROW(good, (void)made, FOUND)                                                                                   \
        ROW(no_mark, memset(made->bytes->data + 8, 0, 3), FOUND)                                                       \
        ROW(type_1, made->bytes->data[10] = 1, TYPE_1)                                                                 \
        ROW(plain_program, memset(made->bytes->data + 8, 0, 3); made->bytes->data[made->end] = 'x', NONE)              \
        ROW(text, memcpy(made->bytes->data, "#!/b", 4), NONE)                                                          \
        ROW(class, made->bytes->data[EI_CLASS] = 3, BROKEN)                                                            \
        ROW(order, made->bytes->data[EI_DATA] = 0, BROKEN)                                                             \
        ROW(no_table, PUT(made, 0, Ehdr, e_shoff, 0), BROKEN)                                                          \
        ROW(table_far, PUT(made, 0, Ehdr, e_shoff, G_MAXUINT32 - 3), CUT)                                              \
        ROW(table_wraps, PUT(made, 0, Ehdr, e_shoff, G_MAXUINT64), CUT)                                                \
        ROW(entry_size, PUT(made, 0, Ehdr, e_shentsize, 8), BROKEN)                                                    \
        ROW(many, PUT(made, 0, Ehdr, e_shnum, 0xfff0), CUT)                                                            \
        ROW(extended, PUT(made, 0, Ehdr, e_shnum, 0); PUT(made, SECTION(0), Shdr, sh_size, N_SECTIONS), FOUND)         \
        ROW(extended_many, PUT(made, 0, Ehdr, e_shnum, 0); PUT(made, SECTION(0), Shdr, sh_size, G_MAXUINT64), CUT)     \
        ROW(extended_none, PUT(made, 0, Ehdr, e_shnum, 0), BROKEN)                                                     \
        ROW(last_wraps, PUT(made, SECTION(N_SECTIONS - 1), Shdr, sh_offset, 100);                                      \
            PUT(made, SECTION(N_SECTIONS - 1), Shdr, sh_size, G_MAXUINT64 - 50), CUT)                                  \
        ROW(last_is_bss, PUT(made, SECTION(N_SECTIONS - 1), Shdr, sh_type, SHT_NOBITS);                                \
            PUT(made, SECTION(N_SECTIONS - 1), Shdr, sh_size, G_MAXUINT32), FOUND)                                     \
        ROW(nothing_behind, g_byte_array_set_size(made->bytes, (guint)made->end), CUT)                                 \
        ROW(something_else, made->bytes->data[made->end] = 'x', BROKEN)                                                \
        ROW(version, put_little(made, made->end + 28, 2, 3), BROKEN)                                                   \
        ROW(block, put_little(made, made->end + 12, 4, 131073), BROKEN)                                                \
        ROW(block_log, put_little(made, made->end + 22, 2, 60), BROKEN)                                                \
        ROW(compression, put_little(made, made->end + 20, 2, 9), BROKEN)                                               \
        ROW(empty, put_little(made, made->end + 4, 4, 0), BROKEN)                                                      \
        ROW(tiny, put_little(made, made->end + 40, 8, 95), BROKEN)                                                     \
        ROW(cut, g_byte_array_set_size(made->bytes, made->bytes->len - 1), CUT)                                        \
        ROW(endless, put_little(made, made->end + 40, 8, G_MAXUINT64), CUT)

#define ROW(name, how, code)                                                                                           \
        static void break_##name(Made *made)                                                                           \
        {                                                                                                              \
                how;                                                                                                   \
        }
BREAKS
#undef ROW

static const struct Row {
        const char *path;
        void (*how)(Made *made);
        int code;
} rows[] = {
#define ROW(name, how, code) { "/elf-image/" #name, break_##name, ELF_IMAGE_##code },
        BREAKS
#undef ROW
};

static void test_row(const void *data)
{
        const struct Row *row = data;

        for (guint i = 0; i < 4; i++) {
                ElfImage image = { 0 };
                Made made;

                make(&made, (i & 1) != 0, (i & 2) != 0);
                row->how(&made);
                g_assert_cmpint(find(&made, &image), ==, row->code);
                g_assert_cmpuint(image.offset, ==, row->code == ELF_IMAGE_FOUND ? made.end : 0);
                g_assert_cmpuint(image.n_bytes, ==, row->code == ELF_IMAGE_FOUND ? SQUASHFS : 0);
                g_assert_cmpuint(image.n_files, ==, row->code == ELF_IMAGE_FOUND ? 12 : 0);
                g_byte_array_unref(made.bytes);
        }
}

/* A program whose last section lies behind the table of sections. */
static void test_section_behind(void)
{
        ElfImage image = { 0 };
        Made made;

        make(&made, TRUE, FALSE);
        PUT(&made, section_at(&made, N_SECTIONS - 1), Shdr, sh_offset, made.end);
        PUT(&made, section_at(&made, N_SECTIONS - 1), Shdr, sh_size, 77);
        put_squashfs(&made, made.end + 77);
        g_assert_cmpint(find(&made, &image), ==, ELF_IMAGE_FOUND);
        g_assert_cmpuint(image.offset, ==, made.end + 77);
        g_byte_array_unref(made.bytes);
}

static void test_squashfs(void)
{
        Made made = { .bytes = g_byte_array_new() };
        ElfImage image = { 0 };

        put_squashfs(&made, 0);
        g_assert_cmpint(find(&made, &image), ==, ELF_IMAGE_FOUND);
        g_assert_cmpuint(image.offset, ==, 0);
        for (guint n = 0; n < SQUASHFS; n++) {
                int code;

                g_byte_array_set_size(made.bytes, n);
                code = find(&made, &image);
                g_assert_cmpint(code, ==, n < sizeof(Elf32_Ehdr) ? ELF_IMAGE_NONE : ELF_IMAGE_CUT);
        }
        g_byte_array_unref(made.bytes);
}

static int refuse(void *data, uint64_t offset, void *bytes, size_t n)
{
        (void)data;
        (void)offset;
        (void)bytes;
        (void)n;
        return -EIO;
}

static void test_reader_fails(void)
{
        ElfImage image = { 0 };

        g_assert_cmpint(elf_image_find(&image, refuse, NULL, 4096), ==, -EIO);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        g_test_add_func("/elf-image/section-behind", test_section_behind);
        g_test_add_func("/elf-image/squashfs", test_squashfs);
        g_test_add_func("/elf-image/reader-fails", test_reader_fails);
        return g_test_run();
}
