/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Key files, text to lines.  It knows no keys: what a line means is for its caller.  Everything that GKeyFile would
 * swallow is a fault with a place. */

#include "profile/key-file.h"

#include <string.h>

#include "base/i18n.h"

typedef struct Reader {
        KeyFileHandler *handler;
        KeyFileLine line;
        GHashTable *groups; /* seen: name → line number */
        GHashTable *keys;   /* seen in this group */
        char *group;        /* NULL: none yet, or a faulty one */
        gboolean any_group;
} Reader;

static gboolean is_blank(char c)
{
        return c == ' ' || c == '\t' || c == '\r';
}

/* Moves both ends of [*start, *end) inwards over blanks. */
static void trim(const char **start, const char **end)
{
        while (*start < *end && is_blank(**start))
                (*start)++;
        while (*end > *start && is_blank((*end)[-1]))
                (*end)--;
}

guint key_file_column(const KeyFileLine *line, const char *at)
{
        return (guint)g_utf8_pointer_to_offset(line->start, at) + 1;
}

static void G_GNUC_PRINTF(3, 4) fault(Reader *reader, const char *at, const char *format, ...)
{
        g_autofree char *sentence = NULL;
        va_list args;

        va_start(args, format);
        sentence = g_strdup_vprintf(format, args);
        va_end(args);
        reader->handler->n_faults++;
        reader->handler->fault(reader->line.number, key_file_column(&reader->line, at), sentence,
                               reader->handler->data);
}

/* The first character of [start, end) that is a control character, or NULL. */
static const char *find_control(const char *start, const char *end)
{
        for (const char *c = start; c < end; c = g_utf8_next_char(c))
                if (g_unichar_iscntrl(g_utf8_get_char(c)))
                        return c;
        return NULL;
}

static guint seen_at(GHashTable *seen, const char *name)
{
        return GPOINTER_TO_UINT(g_hash_table_lookup(seen, name));
}

static void read_group(Reader *reader, const char *start, const char *end)
{
        const char *bad = NULL;
        g_autofree char *name = NULL;

        g_clear_pointer(&reader->group, g_free);
        reader->any_group = TRUE;
        if (end[-1] != ']' || end - start < 3) {
                fault(reader, start, _("A group is written [Name], alone on its line"));
                return;
        }
        start++;
        end--;
        for (bad = start; bad < end && *bad != '[' && *bad != ']';)
                bad++;
        if (bad == end)
                bad = find_control(start, end);
        if (bad != NULL) {
                fault(reader, bad, _("A group's name holds no brackets and no control characters"));
                return;
        }
        name = g_strndup(start, (gsize)(end - start));
        if (seen_at(reader->groups, name) != 0) {
                fault(reader, start, _("Group [%s] is already on line %u"), name, seen_at(reader->groups, name));
                return;
        }
        g_hash_table_insert(reader->groups, g_strdup(name), GUINT_TO_POINTER(reader->line.number));
        g_hash_table_remove_all(reader->keys);
        reader->group = g_steal_pointer(&name);
        reader->line.group = reader->group;
        reader->line.key = NULL;
        reader->line.name = start;
        reader->line.value = end;
        reader->line.n_value = 0;
        reader->handler->line(&reader->line, reader->handler->data);
}

static void read_key(Reader *reader, const char *start, const char *end)
{
        const char *equals = memchr(start, '=', (size_t)(end - start));
        const char *key_end = equals, *key_start = start, *value = NULL, *bad = NULL;
        g_autofree char *key = NULL;

        if (equals == NULL) {
                fault(reader, start, _("Neither a [Group], nor key=value, nor a comment"));
                return;
        }
        if (!reader->any_group) {
                fault(reader, start, _("A key before the first [Group]"));
                return;
        }
        if (reader->group == NULL)
                return;
        trim(&key_start, &key_end);
        if (key_start == key_end) {
                fault(reader, equals, _("No key before the '='"));
                return;
        }
        bad = find_control(key_start, key_end);
        if (bad != NULL) {
                fault(reader, bad, _("A control character in a key's name"));
                return;
        }
        key = g_strndup(key_start, (gsize)(key_end - key_start));
        if (seen_at(reader->keys, key) != 0) {
                fault(reader, start, _("Key \"%s\" is already on line %u"), key, seen_at(reader->keys, key));
                return;
        }
        g_hash_table_insert(reader->keys, g_strdup(key), GUINT_TO_POINTER(reader->line.number));
        value = equals + 1;
        trim(&value, &end);
        reader->line.key = key;
        reader->line.name = key_start;
        reader->line.value = value;
        reader->line.n_value = (gsize)(end - value);
        reader->handler->line(&reader->line, reader->handler->data);
        reader->line.key = NULL;
}

static void read_line(Reader *reader, const char *start, const char *end)
{
        reader->line.start = start;
        trim(&start, &end);
        if (start == end || *start == '#')
                return;
        if (*start == '[')
                read_group(reader, start, end);
        else
                read_key(reader, start, end);
}

/* FALSE: refused as a whole. */
static gboolean check_whole(Reader *reader, const char *text, gsize n)
{
        const char *bad = NULL;

        reader->line.start = text;
        reader->line.number = 1;
        if (n > KEY_FILE_MAX_BYTES) {
                fault(reader, text, _("Larger than 1 MiB"));
                return FALSE;
        }
        /* A NUL ends the validation too. */
        if (g_utf8_validate(text, (gssize)n, &bad))
                return TRUE;
        for (const char *c = text; c < bad; c++) {
                if (*c == '\n') {
                        reader->line.start = c + 1;
                        reader->line.number++;
                }
        }
        fault(reader, bad, *bad == '\0' ? _("A NUL byte: this is no text") : _("Not valid UTF-8"));
        return FALSE;
}

void key_file_read(const char *text, gsize n, KeyFileHandler *handler)
{
        g_autoptr(GHashTable) groups = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        g_autoptr(GHashTable) keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        Reader reader = { .handler = handler, .groups = groups, .keys = keys };
        const char *at = text, *end = text + n;

        if (!check_whole(&reader, text, n))
                return;
        while (at < end && handler->n_faults < KEY_FILE_MAX_FAULTS) {
                const char *newline = memchr(at, '\n', (size_t)(end - at));

                read_line(&reader, at, newline != NULL ? newline : end);
                at = newline != NULL ? newline + 1 : end;
                reader.line.number++;
        }
        g_free(reader.group);
}

char *key_file_unescape(const char *raw, gsize n, gboolean in_list, gsize *ret_bad)
{
        static const char letters[] = "sntr\\;", meanings[] = " \n\t\r\\;";
        g_autoptr(GString) out = g_string_sized_new(n);

        for (gsize i = 0; i < n; i++) {
                const char *letter = NULL;

                if (raw[i] != '\\') {
                        g_string_append_c(out, raw[i]);
                        continue;
                }
                if (i + 1 < n && raw[i + 1] != '\0' && (in_list || raw[i + 1] != ';'))
                        letter = strchr(letters, raw[i + 1]);
                if (letter == NULL) {
                        *ret_bad = i;
                        return NULL;
                }
                g_string_append_c(out, meanings[letter - letters]);
                i++;
        }
        return g_string_free(g_steal_pointer(&out), FALSE);
}

gboolean key_file_next_piece(const char *raw, gsize n, gsize *at, gsize *ret_start, gsize *ret_n)
{
        while (*at < n) {
                const char *start = raw + *at, *end = start;

                while (end < raw + n && *end != ';')
                        end += *end == '\\' && end + 1 < raw + n ? 2 : 1;
                *at = (gsize)(end - raw) + 1;
                trim(&start, &end);
                if (start < end) {
                        *ret_start = (gsize)(start - raw);
                        *ret_n = (gsize)(end - start);
                        return TRUE;
                }
        }
        return FALSE;
}

void key_file_add_escaped(GString *out, const char *text, gboolean in_list)
{
        gsize n = strlen(text);

        for (gsize i = 0; i < n; i++) {
                if (text[i] == ' ' && (i == 0 || i == n - 1))
                        g_string_append(out, "\\s");
                else if (text[i] == '\n')
                        g_string_append(out, "\\n");
                else if (text[i] == '\t')
                        g_string_append(out, "\\t");
                else if (text[i] == '\r')
                        g_string_append(out, "\\r");
                else if (text[i] == '\\')
                        g_string_append(out, "\\\\");
                else if (text[i] == ';' && in_list)
                        g_string_append(out, "\\;");
                else
                        g_string_append_c(out, text[i]);
        }
}
