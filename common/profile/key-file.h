/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Key files: [Group] lines, key=value lines, comment lines ('#') and blank ones, with the escapes of the Desktop Entry
 * Specification.  Not GKeyFile: that merges duplicate groups and keys in silence, hides Key[de], and knows no line
 * numbers. */

enum {
        KEY_FILE_MAX_BYTES = 1024 * 1024,
        KEY_FILE_MAX_FAULTS = 100, /* then reading stops */
};

/* One line as read.  All is borrowed for the time of the call. */
typedef struct KeyFileLine {
        const char *group;
        const char *key;   /* NULL: this is the line of the group itself */
        const char *value; /* as written, without the blanks around it; n_value bytes, no NUL follows */
        gsize n_value;
        guint number;      /* of the line, from 1 */
        const char *start; /* of the line, in the text */
        const char *name;  /* where group or key stands, in the text */
} KeyFileLine;

typedef struct KeyFileHandler {
        void (*line)(const KeyFileLine *line, gpointer data);
        /* sentence: translated, without a place. */
        void (*fault)(guint line, guint column, const char *sentence, gpointer data);
        gpointer data;
        guint n_faults; /* so far; 0 at first.  The reader counts its own, a caller may add */
} KeyFileHandler;

/* Reads the text: every group and every key once.  What the text is refused for as a whole (size, NUL, UTF-8) is one
 * fault, and no line is read.  After a faulty group line the keys below it are left out. */
void key_file_read(const char *text, gsize n, KeyFileHandler *handler);

/* The column, in characters from 1, of a place in that line. */
guint key_file_column(const KeyFileLine *line, const char *at);

/* A string value without its escapes (\s \n \t \r \\, and in a list \;); NULL for a bad one, and *ret_bad is its
 * offset. */
char *key_file_unescape(const char *raw, gsize n, gboolean in_list, gsize *ret_bad);

/* Walks the pieces of a list: from *at (0 at first) to the next ';' that has no backslash.  FALSE: no more.  Pieces
 * come without the blanks around them; empty ones are skipped. */
gboolean key_file_next_piece(const char *raw, gsize n, gsize *at, gsize *ret_start, gsize *ret_n);

/* Adds text so that the reader gets it back. */
void key_file_add_escaped(GString *out, const char *text, gboolean in_list);

G_END_DECLS
