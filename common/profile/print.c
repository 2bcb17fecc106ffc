/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Profile to text: canonical, so that two profiles that say the same print the same, and a diff shows what differs. */

#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "profile/box-keys.h"
#include "profile/key-file.h"
#include "profile/keys.h"

typedef struct Printer {
        GString *out;
        gboolean with_origin;
        const char *group; /* of the last line; NULL at first */
} Printer;

/* Written once, before the first key of it. */
static void enter_group(Printer *printer, const char *group)
{
        if (g_strcmp0(printer->group, group) == 0)
                return;
        g_string_append_printf(printer->out, "%s[%s]\n", printer->group != NULL ? "\n" : "", group);
        printer->group = group;
}

static void add_origin(Printer *printer, ProfileOrigin origin)
{
        CLEANUP(buffer_clear) Buffer file = BUFFER_INIT;

        if (!printer->with_origin)
                return;
        buffer_add_escaped(&file, origin.file);
        if (origin.line != 0)
                g_string_append_printf(printer->out, "# %s:%u\n", buffer_text(&file), origin.line);
        else
                g_string_append_printf(printer->out, "# %s\n", buffer_text(&file));
}

static gboolean origins_equal(ProfileOrigin a, ProfileOrigin b)
{
        return a.line == b.line && g_str_equal(a.file, b.file);
}

static void print_list(Printer *printer, const Profile *profile, ProfileKey key)
{
        const char *const *entries = profile_get_list(profile, key);

        for (guint i = 0; entries[i] != NULL; i++)
                if (i == 0 || !origins_equal(profile_origin(profile, key, i), profile_origin(profile, key, i - 1)))
                        add_origin(printer, profile_origin(profile, key, i));
        g_string_append_printf(printer->out, "%s=", profile_key_info(key)->key);
        for (guint i = 0; entries[i] != NULL; i++) {
                g_string_append(printer->out, i > 0 ? ";" : "");
                key_file_add_escaped(printer->out, entries[i], TRUE);
        }
        g_string_append_c(printer->out, '\n');
}

static void print_key(Printer *printer, const Profile *profile, ProfileKey key)
{
        const ProfileKeyInfo *info = profile_key_info(key);

        if (!profile_is_set(profile, key))
                return;
        enter_group(printer, info->group);
        if (info->type == PROFILE_TYPE_LIST || info->type == PROFILE_TYPE_WORDS) {
                print_list(printer, profile, key);
                return;
        }
        add_origin(printer, profile_origin(profile, key, 0));
        g_string_append_printf(printer->out, "%s=", info->key);
        key_file_add_escaped(printer->out, profile_get_string(profile, key), FALSE);
        g_string_append_c(printer->out, '\n');
}

static void print_map(Printer *printer, const Profile *profile, ProfileMap map)
{
        for (guint i = 0; i < profile_map_size(profile, map); i++) {
                enter_group(printer, profile_map_info(map)->group);
                add_origin(printer, profile_map_origin(profile, map, i));
                g_string_append_printf(printer->out, "%s=", profile_map_name(profile, map, i));
                if (map_row(map)->is_list)
                        g_string_append(printer->out, profile_map_value(profile, map, i));
                else
                        key_file_add_escaped(printer->out, profile_map_value(profile, map, i), FALSE);
                g_string_append_c(printer->out, '\n');
        }
}

static gsize group_length(const char *name)
{
        return (gsize)(strchr(name, '\n') - name);
}

/* The keys of one foreign group from the i-th on: layers may have added some after another group's. */
static void print_other_group(Printer *printer, const Profile *profile, guint i)
{
        const char *first = profile_map_name(profile, PROFILE_MAP_OTHER, i);
        gsize n = group_length(first);
        g_autofree char *group = g_strndup(first, n);

        enter_group(printer, group);
        for (; i < profile_map_size(profile, PROFILE_MAP_OTHER); i++) {
                const char *name = profile_map_name(profile, PROFILE_MAP_OTHER, i);

                if (strncmp(name, first, n + 1) != 0)
                        continue;
                add_origin(printer, profile_map_origin(profile, PROFILE_MAP_OTHER, i));
                g_string_append_printf(printer->out, "%s=%s\n", name + n + 1,
                                       profile_map_value(profile, PROFILE_MAP_OTHER, i));
        }
        printer->group = "";
}

static void print_other(Printer *printer, const Profile *profile)
{
        g_autoptr(GHashTable) done = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

        for (guint i = 0; i < profile_map_size(profile, PROFILE_MAP_OTHER); i++) {
                const char *name = profile_map_name(profile, PROFILE_MAP_OTHER, i);

                if (g_hash_table_add(done, g_strndup(name, group_length(name))))
                        print_other_group(printer, profile, i);
        }
}

static void print_box(Printer *printer, const Profile *profile, guint box)
{
        g_autofree char *group = g_strconcat(BOX_GROUP, profile_box_name(profile, box), NULL);

        enter_group(printer, group);
        for (ProfileBoxKey key = 0; key < _PROFILE_BOX_KEY_MAX; key++) {
                const ProfileKeyInfo *info = profile_box_key_info(key);

                if (!profile_box_is_set(profile, box, key))
                        continue;
                add_origin(printer, profile_box_origin(profile, box, key));
                g_string_append_printf(printer->out, "%s=", info->key);
                /* A list has its escapes already. */
                if (info->type == PROFILE_TYPE_LIST || info->type == PROFILE_TYPE_WORDS)
                        g_string_append(printer->out, profile_box_get(profile, box, key));
                else
                        key_file_add_escaped(printer->out, profile_box_get(profile, box, key), FALSE);
                g_string_append_c(printer->out, '\n');
        }
        printer->group = "";
}

char *profile_print(const Profile *profile, gboolean with_origin)
{
        Printer printer = { .out = g_string_new(NULL), .with_origin = with_origin };

        for (ProfileKey key = 0; key < _PROFILE_KEY_MAX; key++)
                print_key(&printer, profile, key);
        for (ProfileMap map = 0; map < PROFILE_MAP_OTHER; map++)
                print_map(&printer, profile, map);
        for (guint box = 0; box < profile_n_boxes(profile); box++)
                print_box(&printer, profile, box);
        print_other(&printer, profile);
        return g_string_free(printer.out, FALSE);
}

/* ---- The table ---- */

/* scdoc reads '_' and '*' as marks and '\' as an escape. */
static void add_scdoc(GString *out, const char *text)
{
        for (; *text != '\0'; text++) {
                if (strchr("_*\\<>#`", *text) != NULL)
                        g_string_append_c(out, '\\');
                g_string_append_c(out, *text);
        }
}

static void add_words(GString *out, const ProfileKeyInfo *info)
{
        for (gsize i = 0; info->words != NULL && info->words[i] != NULL; i++) {
                g_string_append(out, i > 0 ? ", *" : "*");
                add_scdoc(out, info->words[i]);
                g_string_append_c(out, '*');
        }
}

static void add_manual_key(GString *out, const ProfileKeyInfo *info)
{
        g_string_append_printf(out, "*%s*=", info->key);
        if (info->form != NULL) {
                g_string_append_c(out, '_');
                add_scdoc(out, info->form);
                g_string_append_c(out, '_');
                if (info->type == PROFILE_TYPE_LIST)
                        g_string_append(out, ";...");
        } else {
                g_string_append(out, info->type == PROFILE_TYPE_CHOICE ? "_WORD_" : "_WORD_;...");
        }
        g_string_append(out, "\n\t");
        add_scdoc(out, info->help);
        g_string_append_c(out, '.');
        if (info->words != NULL) {
                g_string_append(out, info->type == PROFILE_TYPE_CHOICE ? " One of: " : " Any of: ");
                add_words(out, info);
                g_string_append_c(out, '.');
        }
        if (info->fallback != NULL) {
                g_string_append(out, " Default: *");
                add_scdoc(out, info->fallback);
                g_string_append(out, "*.");
        }
        if (!info->has_effect)
                g_string_append(out, " Read and kept; has no effect in this version.");
        g_string_append(out, "\n\n");
}

char *profile_print_manual(void)
{
        g_autoptr(GString) out = g_string_new(NULL);
        const char *group = NULL;

        for (ProfileKey key = 0; key < _PROFILE_KEY_MAX; key++) {
                const ProfileKeyInfo *info = profile_key_info(key);

                if (g_strcmp0(group, info->group) != 0)
                        g_string_append_printf(out, "## [%s]\n\n", info->group);
                group = info->group;
                add_manual_key(out, info);
        }
        for (ProfileMap map = 0; map < PROFILE_MAP_OTHER; map++) {
                const ProfileMapInfo *info = profile_map_info(map);

                g_string_append_printf(out, "## [%s]\n\n_", info->group);
                add_scdoc(out, info->form);
                g_string_append(out, "_\n\t");
                add_scdoc(out, info->help);
                g_string_append(out,
                                info->has_effect ? ".\n\n" : ". Read and kept; has no effect in this version.\n\n");
        }
        g_string_append(out, "## [Box NAME]\n\n");
        for (ProfileBoxKey key = 0; key < _PROFILE_BOX_KEY_MAX; key++)
                add_manual_key(out, profile_box_key_info(key));
        return g_string_free(g_steal_pointer(&out), FALSE);
}

static void add_completion(GString *out, const ProfileKeyInfo *info)
{
        if (info->words == NULL)
                g_string_append_printf(out, "%s\t%s\t\n", info->group, info->key);
        for (gsize i = 0; info->words != NULL && info->words[i] != NULL; i++)
                g_string_append_printf(out, "%s\t%s\t%s\n", info->group, info->key, info->words[i]);
}

char *profile_print_words(void)
{
        g_autoptr(GString) out = g_string_new(NULL);

        for (ProfileKey key = 0; key < _PROFILE_KEY_MAX; key++)
                add_completion(out, profile_key_info(key));
        for (ProfileBoxKey key = 0; key < _PROFILE_BOX_KEY_MAX; key++)
                add_completion(out, profile_box_key_info(key));
        return g_string_free(g_steal_pointer(&out), FALSE);
}
