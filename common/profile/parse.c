/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text to Profile.  All faults are gathered and nothing is half-applied: one fault, and there is no Profile. */

#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/i18n.h"
#include "profile/box-keys.h"
#include "profile/entry.h"
#include "profile/key-file.h"
#include "profile/suggest.h"
#include "profile/values.h"

enum {
        MAX_SENTENCE = 400, /* of a fault; a value may be a megabyte */
        KEPT_END = 100,     /* of a longer one: the mend stands at the end */
        BOX_MAX_ENTRIES = 512,
};

typedef struct Parser {
        Profile *profile;
        const char *label;
        Origin origin;
        GPtrArray *faults;
        KeyFileHandler handler;
        const KeyFileLine *line;
        gboolean known_group; /* else the keys of the group are left out: one fault is enough */
        ProfileMap map;       /* _PROFILE_MAP_MAX: the group has rows of its own */
} Parser;

/* Escaped for a terminal, but with single backslashes: sentences speak of escapes. */
static void add_clean(Buffer *buffer, const char *text)
{
        g_auto(GStrv) pieces = g_strsplit(text, "\\", -1);

        for (gsize i = 0; pieces[i] != NULL; i++) {
                if (i > 0)
                        buffer_add_byte(buffer, '\\');
                buffer_add_escaped(buffer, pieces[i]);
        }
}

/* One line of printable text. */
static char *clean_sentence(const char *sentence)
{
        CLEANUP(buffer_clear) Buffer buffer = BUFFER_INIT;
        gsize n = strlen(sentence);
        const char *text = NULL;

        if (n <= MAX_SENTENCE) {
                add_clean(&buffer, sentence);
        } else {
                g_autofree char *head = g_strndup(sentence, MAX_SENTENCE - KEPT_END);
                g_autofree char *tail = g_strdup(sentence + n - KEPT_END);
                const char *end = NULL;

                /* Cut between characters. */
                g_utf8_validate(head, -1, &end);
                head[end - head] = '\0';
                while (((guchar)*tail & 0xc0) == 0x80)
                        memmove(tail, tail + 1, strlen(tail));
                add_clean(&buffer, head);
                buffer_add_text(&buffer, "...");
                add_clean(&buffer, tail);
        }
        text = buffer_text(&buffer);
        return g_strdup(text != NULL ? text : "");
}

static char *format_fault(const char *label, guint line, guint column, const char *sentence)
{
        g_autofree char *clean_label = clean_sentence(label), *clean = clean_sentence(sentence);

        return g_strdup_printf("%s:%u:%u: %s", clean_label, line, column, clean);
}

static void on_fault(guint line, guint column, const char *sentence, gpointer data)
{
        Parser *parser = data;

        /* One line may have several, so the reader's own limit is not enough. */
        if (parser->faults->len < KEY_FILE_MAX_FAULTS)
                g_ptr_array_add(parser->faults, format_fault(parser->label, line, column, sentence));
}

/* Takes the sentence. */
static void add_fault(Parser *parser, const char *at, char *sentence)
{
        parser->handler.n_faults++;
        on_fault(parser->line->number, key_file_column(parser->line, at), sentence, parser);
        g_free(sentence);
}

/* ---- Values ---- */

typedef char *EntryReader(gconstpointer row, const char *text, ValueFault *ret_fault);

static char *read_key_entry(gconstpointer row, const char *text, ValueFault *ret_fault)
{
        return entry_read(row, text, ret_fault);
}

static char *read_map_entry(gconstpointer row, const char *text, ValueFault *ret_fault)
{
        const MapRow *map = row;

        return map->read != NULL ? map->read(text, ret_fault) : g_strdup(text);
}

/* The n bytes at raw, a part of the line's value, unescaped and read; NULL after a fault. */
static char *
read_piece(Parser *parser, const char *raw, gsize n, gboolean in_list, EntryReader *read, gconstpointer row)
{
        gsize bad = 0;
        g_autofree char *text = key_file_unescape(raw, n, in_list, &bad);
        ValueFault fault = { 0 };
        char *value = NULL;

        if (text == NULL) {
                add_fault(parser, raw + bad,
                          g_strdup(in_list ? _("A bad escape; known are \\s \\n \\t \\r \\; and two backslashes")
                                           : _("A bad escape; known are \\s \\n \\t \\r and two backslashes")));
                return NULL;
        }
        value = read(row, text, &fault);
        /* With escapes before it the offset is another in the line. */
        if (value == NULL)
                add_fault(parser, raw + (memchr(raw, '\\', n) == NULL ? MIN(fault.at, n) : 0), fault.sentence);
        /* cppcheck-suppress returnDanglingLifetime ; a reader gives a new string, not the fault */
        return value;
}

static void read_list(Parser *parser, ProfileKey key)
{
        const KeyFileLine *line = parser->line;
        gsize at = 0, start = 0, n = 0;
        guint n_entries = 0;

        value_set_empty(&parser->profile->values[key]);
        while (key_file_next_piece(line->value, line->n_value, &at, &start, &n)) {
                g_autofree char *entry = NULL;

                if (++n_entries > VALUE_MAX_ENTRIES) {
                        add_fault(parser, line->value + start,
                                  g_strdup_printf(_("More than %d entries"), VALUE_MAX_ENTRIES));
                        return;
                }
                entry = read_piece(parser, line->value + start, n, TRUE, read_key_entry, key_row(key));
                if (entry != NULL)
                        value_add(&parser->profile->values[key], key_row(key), entry, &parser->origin);
        }
}

static void read_key_value(Parser *parser, ProfileKey key)
{
        const KeyFileLine *line = parser->line;
        ProfileType type = profile_key_info(key)->type;
        g_autofree char *text = NULL;

        if (type == PROFILE_TYPE_LIST || type == PROFILE_TYPE_WORDS) {
                read_list(parser, key);
                return;
        }
        text = read_piece(parser, line->value, line->n_value, FALSE, read_key_entry, key_row(key));
        if (text != NULL)
                value_set(&parser->profile->values[key], text, &parser->origin);
}

/* The rules of one name, joined as they are printed; NULL after a fault. */
static char *read_rules(Parser *parser, const MapRow *row)
{
        const KeyFileLine *line = parser->line;
        g_autoptr(GString) rules = g_string_new(NULL);
        gsize at = 0, start = 0, n = 0;
        gboolean ok = TRUE;

        while (key_file_next_piece(line->value, line->n_value, &at, &start, &n)) {
                g_autofree char *rule = read_piece(parser, line->value + start, n, TRUE, read_map_entry, row);

                if (rule == NULL) {
                        ok = FALSE;
                        continue;
                }
                g_string_append_printf(rules, "%s%s", rules->len > 0 ? ";" : "", rule);
        }
        if (ok && rules->len == 0) {
                add_fault(parser, line->value, g_strdup(_("No rule")));
                ok = FALSE;
        }
        return ok ? g_string_free(g_steal_pointer(&rules), FALSE) : NULL;
}

/* As it is printed: entries with their escapes, joined. */
static char *read_box_list(Parser *parser, const KeyRow *row)
{
        const KeyFileLine *line = parser->line;
        g_autoptr(GString) list = g_string_new(NULL);
        gsize at = 0, start = 0, n = 0;
        guint n_entries = 0;
        gboolean ok = TRUE;

        while (key_file_next_piece(line->value, line->n_value, &at, &start, &n)) {
                g_autofree char *entry = read_piece(parser, line->value + start, n, TRUE, read_key_entry, row);

                ok = ok && entry != NULL && ++n_entries <= BOX_MAX_ENTRIES;
                if (entry == NULL)
                        continue;
                if (n_entries > BOX_MAX_ENTRIES) {
                        add_fault(parser, line->value + start,
                                  g_strdup_printf(_("More than %d entries"), BOX_MAX_ENTRIES));
                        break;
                }
                if (list->len > 0)
                        g_string_append_c(list, ';');
                key_file_add_escaped(list, entry, TRUE);
        }
        return ok ? g_string_free(g_steal_pointer(&list), FALSE) : NULL;
}

static void read_box_value(Parser *parser)
{
        const KeyFileLine *line = parser->line;
        ProfileBoxKey key = box_key_find(line->key);
        const KeyRow *row = NULL;
        g_autofree char *name = box_map_name(line->group + strlen(BOX_GROUP), line->key), *text = NULL;

        if (key == _PROFILE_BOX_KEY_MAX) {
                g_autofree const char **keys = box_key_names();
                const char *nearest = suggest_nearest(line->key, keys);

                add_fault(parser, line->name,
                          nearest != NULL ? g_strdup_printf(_("A box has no key \"%s\"; did you mean \"%s\"?"),
                                                            line->key, nearest)
                                          : g_strdup_printf(_("A box has no key \"%s\""), line->key));
                return;
        }
        row = box_key_row(key);
        if (row->info.type == PROFILE_TYPE_LIST || row->info.type == PROFILE_TYPE_WORDS)
                text = read_box_list(parser, row);
        else
                text = read_piece(parser, line->value, line->n_value, FALSE, read_key_entry, row);
        if (text != NULL)
                map_set(&parser->profile->maps[PROFILE_MAP_BOX], name, text, &parser->origin);
}

static void read_map_value(Parser *parser)
{
        const KeyFileLine *line = parser->line;
        const MapRow *row = map_row(parser->map);
        Map *map = &parser->profile->maps[parser->map];
        ValueFault fault = { 0 };
        g_autofree char *name = NULL, *text = NULL;

        if (parser->map == PROFILE_MAP_OTHER) {
                name = g_strdup_printf("%s\n%s", line->group, line->key);
                text = g_strndup(line->value, line->n_value);
                map_set(map, name, text, &parser->origin);
                return;
        }
        name = row->read_name(line->key, &fault);
        if (name == NULL)
                add_fault(parser, line->name + fault.at, fault.sentence);
        if (row->is_list)
                text = read_rules(parser, row);
        else
                text = read_piece(parser, line->value, line->n_value, FALSE, read_map_entry, row);
        if (name != NULL && text != NULL)
                map_set(map, name, text, &parser->origin);
}

/* ---- Groups and keys ---- */

static ProfileKey find_key(const char *group, const char *key)
{
        ProfileKey i = 0;

        while (i < _PROFILE_KEY_MAX &&
               (!g_str_equal(profile_key_info(i)->group, group) || !g_str_equal(profile_key_info(i)->key, key)))
                i++;
        return i;
}

static void on_box(Parser *parser)
{
        const KeyFileLine *line = parser->line;
        ValueFault fault = { 0 };
        g_autofree char *name = value_read_box_name(line->group + strlen(BOX_GROUP), &fault), *key = NULL;

        if (name == NULL) {
                add_fault(parser, line->name + strlen(BOX_GROUP) + fault.at, fault.sentence);
                parser->known_group = FALSE;
                return;
        }
        key = box_map_name(name, NULL);
        map_set(&parser->profile->maps[PROFILE_MAP_BOX], key, "", &parser->origin);
}

static void on_group(Parser *parser)
{
        const char *group = parser->line->group, *nearest = NULL;
        g_autofree const char **names = group_names();

        parser->known_group = TRUE;
        parser->map = PROFILE_MAP_BOX;
        if (g_str_has_prefix(group, BOX_GROUP)) {
                on_box(parser);
                return;
        }
        for (parser->map = 0; parser->map < PROFILE_MAP_OTHER; parser->map++)
                if (g_str_equal(profile_map_info(parser->map)->group, group))
                        return;
        parser->map = _PROFILE_MAP_MAX;
        if (g_strv_contains(names, group))
                return;
        parser->map = PROFILE_MAP_OTHER;
        if (group_is_other(group))
                return;
        parser->known_group = FALSE;
        nearest = suggest_nearest(group, names);
        add_fault(parser, parser->line->name,
                  nearest != NULL ? g_strdup_printf(_("Unknown group [%s]; did you mean [%s]?"), group, nearest)
                                  : g_strdup_printf(_("Unknown group [%s]"), group));
}

static char *unknown_key_sentence(const char *group, const char *key)
{
        g_autofree const char **keys = group_keys(group);
        const char *nearest = NULL, *bracket = strchr(key, '[');

        if (bracket != NULL && g_str_has_suffix(key, "]")) {
                g_autofree char *plain = g_strndup(key, (gsize)(bracket - key));

                if (g_strv_contains(keys, plain))
                        return g_strdup_printf(_("\"%s\" has no translations: write %s=... alone"), plain, plain);
        }
        /* A slip of the finger first, then a right key in a wrong group. */
        nearest = suggest_nearest(key, keys);
        if (nearest != NULL)
                return g_strdup_printf(_("Unknown key \"%s\" in [%s]; did you mean \"%s\"?"), key, group, nearest);
        for (ProfileKey i = 0; i < _PROFILE_KEY_MAX; i++)
                if (g_str_equal(profile_key_info(i)->key, key))
                        return g_strdup_printf(_("Unknown key \"%s\" in [%s]; it belongs in [%s]"), key, group,
                                               profile_key_info(i)->group);
        return g_strdup_printf(_("Unknown key \"%s\" in [%s]"), key, group);
}

static void on_line(const KeyFileLine *line, gpointer data)
{
        Parser *parser = data;
        ProfileKey key = _PROFILE_KEY_MAX;

        parser->line = line;
        parser->origin.line = line->number;
        if (line->key == NULL) {
                on_group(parser);
                return;
        }
        if (!parser->known_group)
                return;
        if (parser->map == PROFILE_MAP_BOX) {
                read_box_value(parser);
                return;
        }
        if (parser->map != _PROFILE_MAP_MAX) {
                read_map_value(parser);
                return;
        }
        key = find_key(line->group, line->key);
        if (key == _PROFILE_KEY_MAX)
                add_fault(parser, line->name, unknown_key_sentence(line->group, line->key));
        else
                read_key_value(parser, key);
}

/* NULL where there are faults. */
static Profile *parse(const char *text, gsize n, const char *label, GPtrArray *faults)
{
        g_autoptr(Profile) profile = profile_new();
        Parser parser = { .profile = profile,
                          .label = label,
                          .origin.file = g_ref_string_new(label),
                          .faults = faults,
                          .handler = { .line = on_line, .fault = on_fault } };

        parser.handler.data = &parser;
        key_file_read(text != NULL ? text : "", n, &parser.handler);
        if (profile_map_size(profile, PROFILE_MAP_BOX) > 0 && profile_is_set(profile, PROFILE_ORIEL_TREE)) {
                guint line = profile_origin(profile, PROFILE_ORIEL_TREE, 0).line;

                on_fault(line, 1, _("tree= names a tree, and [Box] groups are another: one of them goes"), &parser);
        }
        g_ref_string_release(parser.origin.file);
        profile_settle(profile);
        return faults->len == 0 ? g_steal_pointer(&profile) : NULL;
}

Profile *profile_parse(const char *text, gsize n, const char *label, GError **error)
{
        g_autoptr(GPtrArray) faults = g_ptr_array_new_with_free_func(g_free);
        Profile *profile = parse(text, n, label, faults);

        if (profile == NULL)
                g_set_error_literal(error, ORIEL_ERROR, ORIEL_ERROR_INVALID, faults->pdata[0]);
        return profile;
}

GPtrArray *profile_check_text(const char *text, gsize n, const char *label)
{
        GPtrArray *faults = g_ptr_array_new_with_free_func(g_free);

        profile_free(parse(text, n, label, faults));
        return faults;
}

/* ---- Options ---- */

static gboolean fail(GError **error, const char *origin, const char *what, const char *sentence)
{
        g_autofree char *clean = clean_sentence(sentence), *clean_what = clean_sentence(what);

        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID, "%s: %s: %s", origin, clean_what, clean);
        return FALSE;
}

/* To the next ';' without a backslash before it, "\;" being one; NULL at the end. */
static char *next_option_entry(const char **at)
{
        g_autoptr(GString) entry = g_string_new(NULL);

        if (**at == '\0')
                return NULL;
        for (; **at != '\0' && **at != ';'; (*at)++) {
                if (**at == '\\' && (*at)[1] == ';')
                        (*at)++;
                g_string_append_c(entry, **at);
        }
        *at += **at == ';';
        return g_string_free(g_steal_pointer(&entry), FALSE);
}

static gboolean set_list(Profile *one, ProfileKey key, const char *text, const Origin *origin, ValueFault *ret_fault)
{
        value_set_empty(&one->values[key]);
        for (;;) {
                g_autofree char *piece = next_option_entry(&text), *entry = NULL;

                if (piece == NULL)
                        return TRUE;
                if (*piece == '\0')
                        continue;
                entry = entry_read(key_row(key), piece, ret_fault);
                if (entry == NULL)
                        return FALSE;
                value_add(&one->values[key], key_row(key), entry, origin);
        }
}

static gboolean set_string(Profile *one, ProfileKey key, const char *text, const Origin *origin, ValueFault *ret_fault)
{
        g_autofree char *value = entry_read(key_row(key), text, ret_fault);

        if (value == NULL)
                return FALSE;
        value_set(&one->values[key], value, origin);
        return TRUE;
}

gboolean profile_set(Profile *profile, ProfileKey key, const char *text, const char *origin, GError **error)
{
        g_autoptr(Profile) one = profile_new();
        const ProfileKeyInfo *info = profile_key_info(key);
        gboolean is_list = info->type == PROFILE_TYPE_LIST || info->type == PROFILE_TYPE_WORDS;
        Origin from = { 0 };
        ValueFault fault = { 0 };
        gboolean ok = FALSE;

        if (!g_utf8_validate(text, -1, NULL))
                return fail(error, origin, info->key, _("Not valid UTF-8"));
        from.file = g_ref_string_new(origin);
        ok = (is_list ? set_list : set_string)(one, key, text, &from, &fault);
        if (ok)
                profile_merge(profile, one);
        else
                fail(error, origin, info->key, fault.sentence);
        g_free(fault.sentence);
        g_ref_string_release(from.file);
        return ok;
}

static char *read_option_rules(const MapRow *row, const char *text, ValueFault *ret_fault)
{
        g_autoptr(GString) rules = g_string_new(NULL);
        g_auto(GStrv) pieces = g_strsplit(text, ";", -1);

        for (gsize i = 0; pieces[i] != NULL; i++) {
                g_autofree char *rule = row->read(pieces[i], ret_fault);

                if (rule == NULL)
                        return NULL;
                g_string_append_printf(rules, "%s%s", i > 0 ? ";" : "", rule);
        }
        if (rules->len == 0)
                return value_fault(ret_fault, 0, _("No rule"));
        return g_string_free(g_steal_pointer(&rules), FALSE);
}

gboolean profile_set_in_map(
        Profile *profile, ProfileMap map, const char *name, const char *text, const char *origin, GError **error)
{
        g_autoptr(Profile) one = profile_new();
        const MapRow *row = map_row(map);
        Origin from = { 0 };
        ValueFault fault = { 0 };
        g_autofree char *read_name = NULL, *read_text = NULL;

        if (!g_utf8_validate(name, -1, NULL) || !g_utf8_validate(text, -1, NULL))
                return fail(error, origin, name, _("Not valid UTF-8"));
        read_name = row->read_name(name, &fault);
        if (read_name != NULL)
                read_text = row->is_list ? read_option_rules(row, text, &fault) : read_map_entry(row, text, &fault);
        if (read_text != NULL) {
                from.file = g_ref_string_new(origin);
                map_set(&one->maps[map], read_name, read_text, &from);
                g_ref_string_release(from.file);
                profile_merge(profile, one);
                return TRUE;
        }
        fail(error, origin, name, fault.sentence);
        g_free(fault.sentence);
        return FALSE;
}
