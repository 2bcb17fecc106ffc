/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Grants: what a person answered.  A file of lines,
 *
 *      TIME TAB RULE TAB QUESTION
 *
 * after a first line that names the format.  The rule is read by the profile's own parser, so a grant can say nothing
 * that a profile could not, and the table below keeps it to what mediators ask. */

#include "store/grants.h"

#include <errno.h>
#include <string.h>
#include <sys/file.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "store/text.h"

#define FIRST_LINE "# Oriel: what was granted.  Answered by a person; remove a line to be asked again."

enum {
        MAX_BYTES = 1024 * 1024,
        MAX_GRANTS = 4096,
        FIRST_GRANT_LINE = 2,
};

/* What may be granted by an answer; key NULL: any in the group.  Files, devices and [Files] protect= are not here: they
 * change with an override, which a person writes. */
static const struct Grantable {
        const char *group, *key;
        int map; /* ProfileMap, or -1 */
} grantable[] = {
        { "Session Bus Rules", NULL, PROFILE_MAP_SESSION_RULES },
        { "System Bus Rules", NULL, PROFILE_MAP_SYSTEM_RULES },
        { "Network", "allow", -1 },
        { "Network", "deny", -1 },
        { "Network", "private", -1 },
        { "Display", "clipboard", -1 },
        { "Display", "primary", -1 },
        { "Display", "dnd", -1 },
};

/* A rule cut into its parts; borrowed lengths of one text. */
typedef struct Rule {
        char *group, *key, *value;
        const struct Grantable *row;
} Rule;

static void rule_clear(Rule *rule)
{
        g_free(rule->group);
        g_free(rule->key);
        g_free(rule->value);
}

Grant *grant_new(const char *question, gint64 time, const char *rule)
{
        Grant *grant = g_new0(Grant, 1);

        grant->question = store_text_escape(question);
        grant->time = time;
        grant->rule = g_strdup(rule);
        return grant;
}

void grant_free(Grant *grant)
{
        if (grant == NULL)
                return;
        g_free(grant->question);
        g_free(grant->rule);
        g_free(grant);
}

char *store_grant_never(const char *rule)
{
        /* What an allowing rule has, and a forbidding one in its place. */
        static const struct {
                const char *group, *allows, *forbids;
        } pairs[] = {
                { "[Session Bus Rules] ", "=call:", "=deny:" },
                { "[System Bus Rules] ", "=call:", "=deny:" },
                { "[Network] ", "allow=", "deny=" },
        };

        for (gsize i = 0; i < G_N_ELEMENTS(pairs); i++) {
                const char *at = g_str_has_prefix(rule, pairs[i].group) ? strstr(rule, pairs[i].allows) : NULL;

                if (at != NULL)
                        return g_strdup_printf("%.*s%s%s", (int)(at - rule), rule, pairs[i].forbids,
                                               at + strlen(pairs[i].allows));
        }
        return NULL;
}

static gboolean deny(GError **error, const char *rule, const char *why)
{
        g_autofree char *shown = store_text_escape(rule);

        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_DENIED, "%s: %s", shown, why);
        return FALSE;
}

static const struct Grantable *find_row(const char *group, const char *key)
{
        for (gsize i = 0; i < G_N_ELEMENTS(grantable); i++)
                if (strcmp(grantable[i].group, group) == 0 &&
                    (grantable[i].key == NULL || strcmp(grantable[i].key, key) == 0))
                        return &grantable[i];
        return NULL;
}

/* "[GROUP] KEY=VALUE", one line of printable text. */
static gboolean rule_split(Rule *ret_rule, const char *text, GError **error)
{
        const char *end = strchr(text, ']'), *sign = end != NULL ? strchr(end, '=') : NULL;
        Rule rule = { 0 };

        for (const char *c = text; *c != '\0'; c++)
                if ((guchar)*c < 0x20 || *c == 0x7f)
                        return deny(error, text, _("a control character in a rule"));
        if (*text != '[' || sign == NULL || end[1] != ' ' || sign == end + 2)
                return deny(error, text, _("not of the form \"[GROUP] KEY=VALUE\""));
        rule.group = g_strndup(text + 1, (gsize)(end - text) - 1);
        rule.key = g_strndup(end + 2, (gsize)(sign - end) - 2);
        rule.value = g_strdup(sign + 1);
        rule.row = find_row(rule.group, rule.key);
        if (rule.row == NULL || g_ascii_strcasecmp(rule.key, "org.oriel") == 0 ||
            g_ascii_strncasecmp(rule.key, "org.oriel.", 10) == 0) {
                rule_clear(&rule);
                return deny(error, text,
                            _("cannot be granted by an answer\nWrite it into an override: oriel override"));
        }
        *ret_rule = rule;
        return TRUE;
}

/* The rule alone, as if it stood on that line of the file. */
static Profile *rule_parse(const Rule *rule, const char *value, const char *label, guint line, GError **error)
{
        g_autofree char *lines_before = g_strnfill(line - 2, '\n');
        g_autofree char *text = g_strdup_printf("%s[%s]\n%s=%s\n", lines_before, rule->group, rule->key, value);

        return profile_parse(text, strlen(text), label, error);
}

gboolean store_grant_check(const char *rule_text, GError **error)
{
        CLEANUP(rule_clear) Rule rule = { 0 };
        g_autoptr(Profile) profile = NULL;

        if (!rule_split(&rule, rule_text, error))
                return FALSE;
        profile = rule_parse(&rule, rule.value, "grant", FIRST_GRANT_LINE, error);
        return profile != NULL;
}

static Grant *parse_line(const char *line)
{
        g_auto(GStrv) fields = g_strsplit(line, "\t", 4);
        gint64 time = 0;
        Grant *grant = NULL;

        if (g_strv_length(fields) != 3 || !g_ascii_string_to_signed(fields[0], 10, 0, G_MAXINT64, &time, NULL))
                return NULL;
        grant = g_new0(Grant, 1);
        grant->time = time;
        grant->rule = g_strdup(fields[1]);
        grant->question = g_strdup(fields[2]);
        return grant;
}

static GPtrArray *parse(char *text, gsize n, const char *label, GError **error)
{
        g_autoptr(GPtrArray) grants = g_ptr_array_new_with_free_func((GDestroyNotify)grant_free);
        g_auto(GStrv) lines = NULL;

        if (strlen(text) != n || !g_utf8_validate(text, (gssize)n, NULL) || n == 0 || text[n - 1] != '\n') {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID, _("%s: not a file of grants"), label);
                return NULL;
        }
        text[n - 1] = '\0';
        lines = g_strsplit(text, "\n", -1);
        for (guint i = 0; lines[i] != NULL; i++) {
                Grant *grant = NULL;

                if (i == 0 && strcmp(lines[0], FIRST_LINE) == 0)
                        continue;
                grant = i > 0 && grants->len < MAX_GRANTS ? parse_line(lines[i]) : NULL;
                if (grant == NULL) {
                        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID, _("%s:%u: not a line of a file of grants"),
                                    label, i + 1);
                        return NULL;
                }
                g_ptr_array_add(grants, grant);
        }
        return g_steal_pointer(&grants);
}

static char *path_of(const char *key)
{
        return g_build_filename("grants", key, NULL);
}

static char *label_of(const StoreDirs *dirs, const char *key)
{
        return g_build_filename(store_dirs_path(dirs, STORE_DIR_DATA), "grants", key, NULL);
}

GPtrArray *store_grants_read(StoreDirs *dirs, const char *key, GError **error)
{
        g_autofree char *path = path_of(key), *label = label_of(dirs, key), *text = NULL;
        g_autoptr(GError) local = NULL;
        gsize n = 0;

        if (store_dirs_read(dirs, STORE_DIR_DATA, path, MAX_BYTES, &text, &n, &local))
                return parse(text, n, label, error);
        if (g_error_matches(local, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND))
                return g_ptr_array_new_with_free_func((GDestroyNotify)grant_free);
        g_propagate_error(error, g_steal_pointer(&local));
        return NULL;
}

static gboolean write_all(StoreDirs *dirs, const char *key, const GPtrArray *grants, GError **error)
{
        g_autofree char *path = path_of(key);
        g_autoptr(GString) text = g_string_new(FIRST_LINE "\n");

        for (guint i = 0; i < grants->len; i++) {
                const Grant *grant = grants->pdata[i];

                g_string_append_printf(text, "%" G_GINT64_FORMAT "\t%s\t%s\n", grant->time, grant->rule,
                                       grant->question);
        }
        return store_dirs_write(dirs, STORE_DIR_DATA, path, text->str, text->len, error);
}

/* Held while a file is read and written again, so that two answers at a time are both kept. */
static int lock(StoreDirs *dirs, GError **error)
{
        CLEANUP(fd_closep) int fd = store_dirs_open_below(dirs, STORE_DIR_DATA, "grants", TRUE, error);

        while (fd >= 0 && flock(fd, LOCK_EX) < 0)
                if (errno != EINTR) {
                        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, "grants: %s", g_strerror(errno));
                        return -1;
                }
        return fd_steal(&fd);
}

static gboolean drop(GPtrArray *grants, const char *rule)
{
        for (guint i = 0; i < grants->len; i++)
                if (strcmp(((const Grant *)grants->pdata[i])->rule, rule) == 0) {
                        g_ptr_array_remove_index(grants, i);
                        return TRUE;
                }
        return FALSE;
}

gboolean store_grants_add(StoreDirs *dirs, const char *key, const Grant *grant, GError **error)
{
        CLEANUP(fd_closep) int held = -1;
        g_autoptr(GPtrArray) grants = NULL;
        Grant *added = NULL;

        if (!store_grant_check(grant->rule, error))
                return FALSE;
        held = lock(dirs, error);
        grants = held >= 0 ? store_grants_read(dirs, key, error) : NULL;
        if (grants == NULL)
                return FALSE;
        (void)drop(grants, grant->rule);
        if (grants->len >= MAX_GRANTS)
                return deny(error, grant->rule, _("too many grants of one profile"));
        added = g_new0(Grant, 1);
        *added = (Grant){ .question = g_strdup(grant->question), .time = grant->time, .rule = g_strdup(grant->rule) };
        g_ptr_array_add(grants, added);
        return write_all(dirs, key, grants, error);
}

gboolean store_grants_remove(StoreDirs *dirs, const char *key, const char *rule, GError **error)
{
        CLEANUP(fd_closep) int held = lock(dirs, error);
        g_autoptr(GPtrArray) grants = held >= 0 ? store_grants_read(dirs, key, error) : NULL;

        if (grants == NULL)
                return FALSE;
        if (!drop(grants, rule)) {
                g_autofree char *shown = store_text_escape(rule);

                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND, _("%s: was not granted"), shown);
                return FALSE;
        }
        return write_all(dirs, key, grants, error);
}

/* The entries of a bus name's rule below, without the question that this one answers ("ask:X" by "call:X"; a plain
 * "ask" goes on for the other methods), then this one's. */
static char *join(const char *below, const char *value)
{
        g_auto(GStrv) old = g_strsplit(below != NULL ? below : "", ";", -1), new = g_strsplit(value, ";", -1);
        g_autoptr(GString) joined = g_string_new(NULL);

        for (char **entry = old; *entry != NULL; entry++) {
                const char *asked = g_str_has_prefix(*entry, "ask:") ? *entry + 4 : NULL;
                gboolean answered = **entry == '\0';

                for (char **answer = new; *answer != NULL; answer++) {
                        const char *colon = strchr(*answer, ':');

                        if (strcmp(*answer, *entry) == 0 ||
                            (asked != NULL && colon != NULL && strcmp(colon + 1, asked) == 0))
                                answered = TRUE;
                }
                if (!answered)
                        g_string_append_printf(joined, "%s;", *entry);
        }
        g_string_append(joined, value);
        return g_string_free(g_steal_pointer(&joined), FALSE);
}

Profile *store_grants_layer(GPtrArray *grants, const Profile *under, const char *label, GError **error)
{
        g_autoptr(Profile) layer = profile_new();

        for (guint i = 0; i < grants->len; i++) {
                const Grant *grant = grants->pdata[i];
                CLEANUP(rule_clear) Rule rule = { 0 };
                g_autofree char *value = NULL;
                g_autoptr(Profile) one = NULL;

                if (!rule_split(&rule, grant->rule, error)) {
                        g_prefix_error(error, "%s:%u: ", label, i + FIRST_GRANT_LINE);
                        return NULL;
                }
                if (rule.row->map >= 0) {
                        const char *below = profile_map_get(layer, (ProfileMap)rule.row->map, rule.key);

                        if (below == NULL)
                                below = profile_map_get(under, (ProfileMap)rule.row->map, rule.key);
                        value = join(below, rule.value);
                }
                one = rule_parse(&rule, value != NULL ? value : rule.value, label, i + FIRST_GRANT_LINE, error);
                if (one == NULL)
                        return NULL;
                profile_merge(layer, one);
        }
        return g_steal_pointer(&layer);
}
