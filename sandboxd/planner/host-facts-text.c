/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* HostFacts as text, and back.  One table names the fields of [Host], so that printer and parser can't drift apart.
 *
 * Lines of our own rather than GKeyFile: paths and variables may hold any byte, and a fault needs its line. */
#include <string.h>

#include "base/i18n.h"
#include "planner/host-facts.h"

typedef enum FieldType { FIELD_STRING, FIELD_NUMBER, FIELD_FLAG } FieldType;

static const struct Field {
        const char *name;
        FieldType type;
        gsize offset;
} fields[] = {
#define FIELD(type, name)                                                                                              \
        {                                                                                                              \
#name, FIELD_##type, G_STRUCT_OFFSET(HostFacts, name)                                                  \
        }
        FIELD(NUMBER, uid),
        FIELD(NUMBER, gid),
        FIELD(STRING, user),
        FIELD(STRING, home),
        FIELD(STRING, runtime_dir),
        FIELD(STRING, oriel_config),
        FIELD(STRING, oriel_data),
        FIELD(STRING, oriel_state),
        FIELD(STRING, oriel_runtime),
        FIELD(STRING, cwd),
        FIELD(STRING, search),
        FIELD(STRING, git_name),
        FIELD(STRING, git_email),
        FIELD(STRING, prefix),
        FIELD(STRING, hostname),
        FIELD(STRING, machine_id),
        FIELD(STRING, timezone),
        FIELD(NUMBER, subuid),
        FIELD(NUMBER, n_subuids),
        FIELD(NUMBER, subgid),
        FIELD(NUMBER, n_subgids),
        FIELD(NUMBER, kernel_major),
        FIELD(NUMBER, kernel_minor),
        FIELD(NUMBER, landlock_abi),
        FIELD(FLAG, user_namespaces),
        FIELD(STRING, cgroup),
        FIELD(STRING, systemd_socket),
        FIELD(FLAG, fuse),
        FIELD(FLAG, stdin_is_tty),
        FIELD(FLAG, stdout_is_tty),
        FIELD(FLAG, stderr_is_tty),
        FIELD(STRING, x_display),
        FIELD(STRING, x_socket),
        FIELD(FLAG, x_abstract),
        FIELD(STRING, xauthority),
        FIELD(NUMBER, x_width),
        FIELD(NUMBER, x_height),
        FIELD(NUMBER, x_dpi),
        FIELD(STRING, wayland_socket),
        FIELD(FLAG, wayland_contexts),
        FIELD(STRING, session_bus),
        FIELD(STRING, session_bus_abstract),
        FIELD(STRING, system_bus),
        FIELD(STRING, accessibility_bus),
        FIELD(STRING, pulse_socket),
        FIELD(STRING, pipewire_socket),
        FIELD(STRING, ssh_auth_socket),
        FIELD(STRING, gpg_agent_socket),
        FIELD(STRING, pcsc_socket),
        FIELD(STRING, cups_socket),
#undef FIELD
};

static const char *const kind_words[] = {
        [FACTS_PATH_ABSENT] = "absent",   [FACTS_PATH_DIRECTORY] = "directory", [FACTS_PATH_FILE] = "file",
        [FACTS_PATH_SYMLINK] = "symlink", [FACTS_PATH_SOCKET] = "socket",       [FACTS_PATH_DEVICE] = "device",
        [FACTS_PATH_OTHER] = "other",
};
_Static_assert(G_N_ELEMENTS(kind_words) == FACTS_PATH_OTHER + 1, "a word is missing");

static const char *const image_words[] = {
        [ELF_IMAGE_FOUND] = "found", [ELF_IMAGE_NONE] = "none",     [ELF_IMAGE_TYPE_1] = "type-1",
        [ELF_IMAGE_CUT] = "cut",     [ELF_IMAGE_BROKEN] = "broken",
};
_Static_assert(G_N_ELEMENTS(image_words) == ELF_IMAGE_BROKEN + 1, "a word is missing");

/* ---- Printing ---- */

/* Control characters, the backslash, what is no UTF-8, and the signs of `more` as \xNN; a '#' or '[' at the start
 * too. */
static void add_escaped(GString *text, const char *value, const char *more)
{
        for (const char *p = value; *p != '\0';) {
                gunichar point = g_utf8_get_char_validated(p, -1);
                gboolean plain = point < (gunichar)-2 && !g_unichar_iscntrl(point) && *p != '\\' &&
                                 strchr(more, *p) == NULL && !(p == value && strchr("#[", *p) != NULL);
                const char *next = plain ? g_utf8_next_char(p) : p + 1;

                if (plain)
                        g_string_append_len(text, p, next - p);
                else
                        g_string_append_printf(text, "\\x%02x", (guchar)*p);
                p = next;
        }
}

static void print_field(GString *text, const HostFacts *facts, const struct Field *field)
{
        gconstpointer at = G_STRUCT_MEMBER_P(facts, field->offset);

        if (field->type == FIELD_STRING && *(char *const *)at == NULL)
                return;
        g_string_append_printf(text, "%s=", field->name);
        switch (field->type) {
        case FIELD_STRING:
                add_escaped(text, *(char *const *)at, "");
                break;
        case FIELD_NUMBER:
                g_string_append_printf(text, "%u", *(const guint *)at);
                break;
        case FIELD_FLAG:
                g_string_append(text, *(const gboolean *)at ? "yes" : "no");
                break;
        }
        g_string_append_c(text, '\n');
}

static void add_path(GString *text, const char *name, gconstpointer value)
{
        const FactsPath *path = value;

        g_string_append_printf(text, "%s;%u", kind_words[path->kind], path->owner);
        if (path->canonical != NULL || path->link != NULL)
                g_string_append_c(text, ';');
        /* Most paths are their own canonical ones. */
        if (path->canonical != NULL)
                add_escaped(text, g_str_equal(path->canonical, name) ? "=" : path->canonical, ";");
        if (path->link != NULL) {
                g_string_append_c(text, ';');
                add_escaped(text, path->link, ";");
        }
}

static void add_text(GString *text, const char *name, gconstpointer value)
{
        (void)name;
        add_escaped(text, value, "");
}

static void add_image(GString *text, const char *name, gconstpointer value)
{
        const FactsImage *image = value;

        (void)name;
        g_string_append_printf(text, "%s;%" G_GUINT64_FORMAT ";%" G_GUINT64_FORMAT, image_words[image->code],
                               image->offset, image->n_bytes);
}

static void add_command(GString *text, const char *name, gconstpointer value)
{
        const FactsCommand *command = value;

        (void)name;
        add_escaped(text, command->path, ";");
        if (command->interpreter != NULL) {
                g_string_append_c(text, ';');
                add_escaped(text, command->interpreter, ";");
        }
        g_string_append(text, command->venv ? ";venv" : "");
}

static void add_project(GString *text, const char *name, gconstpointer value)
{
        const FactsProject *project = value;

        (void)name;
        add_escaped(text, project->git != NULL ? project->git : "", ";");
        g_string_append_c(text, ';');
        add_escaped(text, project->common != NULL ? project->common : "", ";");
        for (char **kept = project->kept; *kept != NULL; kept++) {
                g_string_append_c(text, ';');
                add_escaped(text, *kept, ";");
        }
}

static void print_table(GString *text,
                        const char *group,
                        GHashTable *table,
                        void (*add)(GString *text, const char *name, gconstpointer value))
{
        g_autoptr(GList) names = g_list_sort(g_hash_table_get_keys(table), (GCompareFunc)strcmp);

        g_string_append_printf(text, "\n[%s]\n", group);
        for (GList *at = names; at != NULL; at = at->next) {
                gconstpointer value = g_hash_table_lookup(table, at->data);

                add_escaped(text, at->data, "=");
                g_string_append_c(text, '=');
                add(text, at->data, value);
                g_string_append_c(text, '\n');
        }
}

char *host_facts_print(const HostFacts *facts)
{
        g_autoptr(GString) text = g_string_new("[Host]\n");

        for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
                print_field(text, facts, &fields[i]);
        print_table(text, "Environment", facts->env, add_text);
        print_table(text, "Paths", facts->paths, add_path);
        print_table(text, "Programs", facts->programs, add_text);
        print_table(text, "Images", facts->images, add_image);
        print_table(text, "Commands", facts->commands, add_command);
        print_table(text, "Projects", facts->projects, add_project);
        print_table(text, "Directories", facts->xdg_dirs, add_text);
        return g_string_free(g_steal_pointer(&text), FALSE);
}

/* ---- Parsing ---- */

/* The bytes that an escaped text stands for; NULL where an escape is wrong or stands for NUL. */
static char *unescape(const char *text)
{
        g_autoptr(GString) value = g_string_new(NULL);

        for (const char *p = text; *p != '\0'; p++) {
                int high, low;

                if (*p != '\\') {
                        g_string_append_c(value, *p);
                        continue;
                }
                if (p[1] != 'x' || p[2] == '\0')
                        return NULL;
                high = g_ascii_xdigit_value(p[2]);
                low = g_ascii_xdigit_value(p[3]);
                if (high < 0 || low < 0 || (high == 0 && low == 0))
                        return NULL;
                g_string_append_c(value, (char)(high << 4 | low));
                p += 3;
        }
        return g_string_free(g_steal_pointer(&value), FALSE);
}

static gboolean parse_number(const char *text, guint *ret)
{
        guint64 number;

        if (!g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT, &number, NULL))
                return FALSE;
        *ret = (guint)number;
        return TRUE;
}

/* NULL: taken; else the sentence. */
static const char *take_field(HostFacts *facts, const char *name, const char *value)
{
        for (gsize i = 0; i < G_N_ELEMENTS(fields); i++) {
                gpointer at = G_STRUCT_MEMBER_P(facts, fields[i].offset);

                if (!g_str_equal(fields[i].name, name))
                        continue;
                switch (fields[i].type) {
                case FIELD_STRING:
                        g_free(*(char **)at);
                        *(char **)at = g_strdup(value);
                        return NULL;
                case FIELD_NUMBER:
                        return parse_number(value, at) ? NULL : _("this is no number");
                case FIELD_FLAG:
                        if (!g_str_equal(value, "yes") && !g_str_equal(value, "no"))
                                return _("this is neither yes nor no");
                        *(gboolean *)at = g_str_equal(value, "yes");
                        return NULL;
                }
        }
        return _("[Host] has no such key");
}

/* value is still escaped: its parts are separated by plain ';'. */
static const char *take_path(HostFacts *facts, const char *name, const char *value)
{
        g_auto(GStrv) parts = g_strsplit(value, ";", 4);
        guint n = g_strv_length(parts), kind = 0, owner = 0;
        g_autofree char *canonical = n > 2 ? unescape(parts[2]) : NULL, *link = n > 3 ? unescape(parts[3]) : NULL;

        while (kind < G_N_ELEMENTS(kind_words) && !g_str_equal(kind_words[kind], parts[0]))
                kind++;
        if (kind == G_N_ELEMENTS(kind_words) || n < 2 || !parse_number(parts[1], &owner) ||
            (n > 2 && canonical == NULL) || (n > 3 && link == NULL) || (n > 3) != (kind == FACTS_PATH_SYMLINK))
                return _("a path is KIND;OWNER;CANONICAL;LINK");
        host_facts_add_path(facts, name, (FactsPathKind)kind, link,
                            canonical == NULL || *canonical == '\0' ? NULL
                            : g_str_equal(canonical, "=")           ? name
                                                                    : canonical,
                            owner);
        return NULL;
}

static const char *take_image(HostFacts *facts, const char *name, const char *value)
{
        g_auto(GStrv) parts = g_strsplit(value, ";", 4);
        guint64 offset = 0, n_bytes = 0;
        guint code = 0;

        while (code < G_N_ELEMENTS(image_words) && g_strcmp0(image_words[code], parts[0]) != 0)
                code++;
        if (code == G_N_ELEMENTS(image_words) || g_strv_length(parts) != 3 ||
            !g_ascii_string_to_unsigned(parts[1], 10, 0, G_MAXINT64, &offset, NULL) ||
            !g_ascii_string_to_unsigned(parts[2], 10, 0, G_MAXINT64, &n_bytes, NULL))
                return _("an image is CODE;OFFSET;BYTES");
        host_facts_add_image(facts, name, (ElfImageCode)code, offset, n_bytes);
        return NULL;
}

/* As take_path(). */
static const char *take_command(HostFacts *facts, const char *name, const char *value)
{
        g_auto(GStrv) parts = g_strsplit(value, ";", 3);
        guint n = g_strv_length(parts);
        g_autofree char *path = n > 0 ? unescape(parts[0]) : NULL, *interpreter = n > 1 ? unescape(parts[1]) : NULL;

        if (path == NULL || *path != '/' || (n > 1 && interpreter == NULL) || (n > 2 && !g_str_equal(parts[2], "venv")))
                return _("a command is PATH;INTERPRETER;venv");
        host_facts_add_command(facts, name, path, interpreter, n > 2);
        return NULL;
}

/* value is still escaped, as a path's. */
static const char *take_project(HostFacts *facts, const char *name, const char *value)
{
        g_auto(GStrv) parts = g_strsplit(value, ";", -1);
        g_autoptr(GPtrArray) kept = g_ptr_array_new_with_free_func(g_free);
        guint n = g_strv_length(parts);

        for (guint i = 0; i < n; i++) {
                char *part = unescape(parts[i]);

                if (part == NULL || (i >= 2 && *part != '/')) {
                        g_free(part);
                        return _("a project is GIT;COMMON;KEPT;...");
                }
                g_ptr_array_add(kept, part);
        }
        if (n < 2)
                return _("a project is GIT;COMMON;KEPT;...");
        g_ptr_array_add(kept, NULL);
        host_facts_add_project(facts, name, *(char *)kept->pdata[0] == '/' ? kept->pdata[0] : NULL,
                               *(char *)kept->pdata[1] == '/' ? kept->pdata[1] : NULL,
                               (const char *const *)kept->pdata + 2);
        return NULL;
}

static const char *take_line(HostFacts *facts, const char *group, char *line)
{
        char *sign = strchr(line, '=');
        g_autofree char *name = NULL, *value = NULL;

        if (sign == NULL)
                return _("this is no NAME=VALUE");
        *sign = '\0';
        name = unescape(line);
        value = unescape(sign + 1);
        if (name == NULL || value == NULL)
                return _("this escape is not \\xNN");
        if (g_str_equal(group, "Host"))
                return take_field(facts, name, value);
        if (g_str_equal(group, "Paths"))
                return take_path(facts, name, sign + 1);
        if (g_str_equal(group, "Commands"))
                return take_command(facts, name, sign + 1);
        if (g_str_equal(group, "Projects"))
                return take_project(facts, name, sign + 1);
        if (g_str_equal(group, "Images"))
                return take_image(facts, name, value);
        if (g_str_equal(group, "Environment"))
                g_hash_table_replace(facts->env, g_steal_pointer(&name), g_steal_pointer(&value));
        else if (g_str_equal(group, "Programs"))
                g_hash_table_replace(facts->programs, g_steal_pointer(&name), g_steal_pointer(&value));
        else if (g_str_equal(group, "Directories"))
                g_hash_table_replace(facts->xdg_dirs, g_steal_pointer(&name), g_steal_pointer(&value));
        else
                return _("there is no such group");
        return NULL;
}

HostFacts *host_facts_parse(const char *text, gsize n, const char *label, GError **error)
{
        g_autoptr(HostFacts) facts = host_facts_new();
        g_autofree char *copy = g_strndup(text, n), *group = g_strdup("");
        guint number = 1;

        if (strlen(copy) != n) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID, _("%s:1:1: facts hold a NUL byte"), label);
                return NULL;
        }
        for (char *line = copy, *next; line != NULL; line = next, number++) {
                const char *fault = NULL;
                gsize length;

                next = strchr(line, '\n');
                if (next != NULL)
                        *next++ = '\0';
                length = strlen(line);
                if (length == 0 || *line == '#')
                        continue;
                if (*line == '[' && line[length - 1] == ']') {
                        g_free(group);
                        group = g_strndup(line + 1, length - 2);
                        continue;
                }
                fault = take_line(facts, group, line);
                if (fault != NULL) {
                        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID, "%s:%u:1: %s", label, number, fault);
                        return NULL;
                }
        }
        return g_steal_pointer(&facts);
}
