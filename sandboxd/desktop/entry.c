/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Desktop files: text to groups and back.  Pure.  Not GKeyFile: that merges duplicates in silence, so what one reader
 * shows need not be what another one starts. */

#include "desktop/entry.h"

#include <string.h>

#include "base/i18n.h"
#include "profile/error.h"

typedef struct Key {
        char *name, *value;
} Key;

typedef struct Group {
        char *name;
        GArray *keys; /* Key */
} Group;

struct DesktopEntry {
        GArray *groups; /* Group */
};

static void key_clear(gpointer data)
{
        Key *key = data;

        g_free(key->name);
        g_free(key->value);
}

static void group_clear(gpointer data)
{
        Group *group = data;

        g_free(group->name);
        g_array_unref(group->keys);
}

DesktopEntry *desktop_entry_new(void)
{
        DesktopEntry *entry = g_new0(DesktopEntry, 1);

        entry->groups = g_array_new(FALSE, FALSE, sizeof(Group));
        g_array_set_clear_func(entry->groups, group_clear);
        return entry;
}

void desktop_entry_free(DesktopEntry *entry)
{
        if (entry == NULL)
                return;
        g_array_unref(entry->groups);
        g_free(entry);
}

static Group *find_group(const DesktopEntry *entry, const char *name)
{
        for (guint i = 0; i < entry->groups->len; i++) {
                Group *group = &g_array_index(entry->groups, Group, i);

                if (strcmp(group->name, name) == 0)
                        return group;
        }
        return NULL;
}

static Group *add_group(DesktopEntry *entry, const char *name)
{
        Group group = { .name = g_strdup(name), .keys = g_array_new(FALSE, FALSE, sizeof(Key)) };

        g_array_set_clear_func(group.keys, key_clear);
        g_array_append_val(entry->groups, group);
        return &g_array_index(entry->groups, Group, entry->groups->len - 1);
}

static const char *find_value(const Group *group, const char *name)
{
        for (guint i = 0; i < group->keys->len; i++)
                if (strcmp(g_array_index(group->keys, Key, i).name, name) == 0)
                        return g_array_index(group->keys, Key, i).value;
        return NULL;
}

static void add_key(Group *group, const char *name, const char *value)
{
        Key key = { .name = g_strdup(name), .value = g_strdup(value) };

        g_array_append_val(group->keys, key);
}

guint desktop_entry_n_groups(const DesktopEntry *entry)
{
        return entry->groups->len;
}

const char *desktop_entry_group(const DesktopEntry *entry, guint i)
{
        return g_array_index(entry->groups, Group, i).name;
}

guint desktop_entry_n_keys(const DesktopEntry *entry, guint group)
{
        return g_array_index(entry->groups, Group, group).keys->len;
}

const char *desktop_entry_key(const DesktopEntry *entry, guint group, guint i)
{
        return g_array_index(g_array_index(entry->groups, Group, group).keys, Key, i).name;
}

const char *desktop_entry_value(const DesktopEntry *entry, guint group, guint i)
{
        return g_array_index(g_array_index(entry->groups, Group, group).keys, Key, i).value;
}

const char *desktop_entry_get(const DesktopEntry *entry, const char *group, const char *key)
{
        const Group *found = find_group(entry, group);

        return found != NULL ? find_value(found, key) : NULL;
}

void desktop_entry_add(DesktopEntry *entry, const char *group, const char *key, const char *value)
{
        Group *found = find_group(entry, group);

        add_key(found != NULL ? found : add_group(entry, group), key, value);
}

/* [A-Za-z0-9-]+, and a locale in brackets without anything that could end the key. */
static bool is_key_name(const char *name)
{
        size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-");
        size_t n_rest = strlen(name + n);

        if (n == 0 || n_rest == 0)
                return n > 0;
        if (name[n] != '[' || n_rest < 3 || name[n + n_rest - 1] != ']')
                return false;
        n++;
        return strspn(name + n, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.@") == n_rest - 2;
}

/* Any characters except [ ] and control characters. */
static bool is_group_name(const char *name)
{
        if (*name == '\0')
                return false;
        for (; *name != '\0'; name++)
                if ((unsigned char)*name < ' ' || *name == 0x7f || *name == '[' || *name == ']')
                        return false;
        return true;
}

/* A sentence, or NULL. */
static const char *read_group(DesktopEntry *entry, char *line, Group **ret_group)
{
        size_t n = strlen(line);

        if (line[n - 1] != ']')
                return N_("a group's header must end in \"]\"");
        line[n - 1] = '\0';
        if (!is_group_name(line + 1))
                return N_("bad name of a group");
        if (find_group(entry, line + 1) != NULL)
                return N_("the same group stands here twice");
        *ret_group = add_group(entry, line + 1);
        return NULL;
}

static const char *read_key(Group *group, char *line)
{
        char *sign = strchr(line, '=');

        if (sign == NULL)
                return N_("neither a group nor a key");
        if (group == NULL)
                return N_("a key before the first group");
        *sign = '\0';
        g_strchomp(line);
        if (!is_key_name(line))
                return N_("bad name of a key");
        if (find_value(group, line) != NULL)
                return N_("the same key stands here twice");
        for (const char *at = sign + 1; *at != '\0'; at++)
                if (((unsigned char)*at < ' ' && *at != '\t') || *at == 0x7f)
                        return N_("a control character");
        add_key(group, line, g_strstrip(sign + 1));
        return NULL;
}

DesktopEntry *desktop_entry_parse(const char *text, gsize n, const char *label, GError **error)
{
        g_autoptr(DesktopEntry) entry = desktop_entry_new();
        g_auto(GStrv) lines = NULL;
        Group *group = NULL;

        if (n > DESKTOP_ENTRY_MAX_BYTES || !g_utf8_validate_len(text, n, NULL)) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID,
                            n > DESKTOP_ENTRY_MAX_BYTES ? _("%s: more than 1 MiB") : _("%s: not UTF-8"), label);
                return NULL;
        }
        g_autofree char *copy = g_strndup(text, n);

        lines = g_strsplit(copy, "\n", -1);
        for (guint i = 0; lines[i] != NULL; i++) {
                const char *wrong = NULL;

                g_strchomp(lines[i]);
                if (*lines[i] == '\0' || *lines[i] == '#')
                        continue;
                wrong = *lines[i] == '[' ? read_group(entry, lines[i], &group) : read_key(group, lines[i]);
                if (wrong == NULL)
                        continue;
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID, "%s:%u: %s", label, i + 1, _(wrong));
                return NULL;
        }
        return g_steal_pointer(&entry);
}

char *desktop_entry_unescape(const char *value)
{
        g_autoptr(GString) text = g_string_new(NULL);
        static const char from[] = "sntr\\;", to[] = " \n\t\r\\;";

        for (; *value != '\0'; value++) {
                const char *escape = NULL;

                if (*value != '\\') {
                        g_string_append_c(text, *value);
                        continue;
                }
                escape = *++value != '\0' ? strchr(from, *value) : NULL;
                if (escape == NULL)
                        return NULL;
                g_string_append_c(text, to[escape - from]);
        }
        return g_string_free(g_steal_pointer(&text), FALSE);
}

char *desktop_entry_escape(const char *text)
{
        g_autoptr(GString) value = g_string_new(NULL);
        static const char from[] = "\n\t\r\\", to[] = "ntr\\";

        /* A space at either end would be lost. */
        for (const char *at = text; *at != '\0'; at++) {
                const char *escape = strchr(from, *at);

                if (*at == ' ' && (at == text || at[1] == '\0'))
                        g_string_append(value, "\\s");
                else if (escape != NULL)
                        g_string_append_printf(value, "\\%c", to[escape - from]);
                else
                        g_string_append_c(value, *at);
        }
        return g_string_free(g_steal_pointer(&value), FALSE);
}

char *desktop_entry_print(const DesktopEntry *entry)
{
        g_autoptr(GString) text = g_string_new(NULL);

        for (guint i = 0; i < entry->groups->len; i++) {
                const Group *group = &g_array_index(entry->groups, Group, i);

                g_string_append_printf(text, "%s[%s]\n", i > 0 ? "\n" : "", group->name);
                for (guint k = 0; k < group->keys->len; k++) {
                        const Key *key = &g_array_index(group->keys, Key, k);

                        g_string_append_printf(text, "%s=%s\n", key->name, key->value);
                }
        }
        return g_string_free(g_steal_pointer(&text), FALSE);
}
