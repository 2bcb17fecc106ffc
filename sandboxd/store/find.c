/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which profile a word means.  The steps are tried one after the other over all profiles; within a step the user's
 * come before the system's, and those before the shipped ones; two of the same place are not guessed between. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/i18n.h"
#include "profile/suggest.h"
#include "store/catalog.h"
#include "store/entry.h"
#include "store/text.h"

/* word: what was asked for; program: what the desktop file of that name starts, or NULL. */
typedef gboolean (*Step)(const StoreEntry *entry, const char *word, const char *program);

static gboolean same(const char *a, const char *b)
{
        return a != NULL && b != NULL && g_ascii_strcasecmp(a, b) == 0;
}

/* A block (neither an id nor a command) is not an app. */
static gboolean is_app(const StoreEntry *entry)
{
        return entry->has_id || entry->command != NULL;
}

static const char *last_element(const char *id)
{
        const char *dot = strrchr(id, '.');

        return dot != NULL ? dot + 1 : id;
}

static gboolean by_id(const StoreEntry *entry, const char *word, const char *program)
{
        (void)program;
        return is_app(entry) && same(entry->id, word);
}

/* --profile means a block too: org.oriel.run.cli. */
static gboolean by_any_id(const StoreEntry *entry, const char *word, const char *program)
{
        (void)program;
        return same(entry->id, word);
}

static gboolean by_alias(const StoreEntry *entry, const char *word, const char *program)
{
        (void)program;
        for (char **alias = entry->aliases; *alias != NULL; alias++)
                if (same(*alias, word))
                        return TRUE;
        return FALSE;
}

static gboolean by_desktop_id(const StoreEntry *entry, const char *word, const char *program)
{
        gsize n = strlen(entry->id);

        if (entry->has_id && g_ascii_strncasecmp(word, entry->id, n) == 0 && same(word + n, ".desktop"))
                return TRUE;
        return same(entry->command, program);
}

static gboolean by_last_element(const StoreEntry *entry, const char *word, const char *program)
{
        (void)program;
        return is_app(entry) && same(last_element(entry->id), word);
}

static gboolean by_command(const StoreEntry *entry, const char *word, const char *program)
{
        (void)program;
        return same(entry->command, word);
}

/* A profile that can't be read has no names but its file's: whoever asks by that one is told the fault. */
static gboolean by_broken_file(const StoreEntry *entry, const char *word, const char *program)
{
        (void)program;
        return entry->error != NULL && same(store_entry_base_name(entry), word);
}

static gboolean by_file(const StoreEntry *entry, const char *word, const char *program)
{
        (void)program;
        return strcmp(store_entry_base_name(entry), word) == 0;
}

static void set_two(GError **error, const char *word, const StoreEntry *a, const StoreEntry *b)
{
        g_autofree char *shown = store_text_escape(word);

        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_USAGE,
                    _("%s: fits two profiles, %s (%s) and %s (%s)\nName one of them: --profile %s"), shown, a->name,
                    a->id, b->name, b->id, a->name);
}

/* NULL with *error where two fit, without where none does.  The catalog is sorted by place. */
static const StoreEntry *
take_step(const StoreCatalog *catalog, Step step, const char *word, const char *program, GError **error)
{
        const StoreEntry *found = NULL;

        for (guint i = 0; i < store_catalog_size(catalog); i++) {
                const StoreEntry *entry = store_catalog_get(catalog, i);

                if (found != NULL && entry->origin != found->origin)
                        break;
                if (!step(entry, word, program))
                        continue;
                if (found != NULL) {
                        set_two(error, word, found, entry);
                        return NULL;
                }
                found = entry;
        }
        return found;
}

static const StoreEntry *take_steps(const StoreCatalog *catalog,
                                    const Step *steps,
                                    gsize n_steps,
                                    const char *word,
                                    const char *program,
                                    GError **error)
{
        for (gsize i = 0; i < n_steps; i++) {
                g_autoptr(GError) local = NULL;
                const StoreEntry *found = take_step(catalog, steps[i], word, program, &local);

                if (found != NULL)
                        return store_catalog_usable(found, error);
                if (local != NULL) {
                        g_propagate_error(error, g_steal_pointer(&local));
                        return NULL;
                }
        }
        return NULL;
}

/* What the word may have been meant for: names that contain it, else the nearest one; at most three, or NULL. */
static char *near(const StoreCatalog *catalog, const char *word, gboolean apps_only)
{
        g_autoptr(GStrvBuilder) all = g_strv_builder_new(), builder = g_strv_builder_new();
        g_auto(GStrv) names = NULL, chosen = NULL;
        g_autofree char *folded = g_ascii_strdown(word, -1);
        const char *nearest = NULL;
        guint n_chosen = 0;

        for (guint i = 0; i < store_catalog_size(catalog); i++) {
                const StoreEntry *entry = store_catalog_get(catalog, i);
                const char *name = apps_only ? store_entry_base_name(entry) : entry->name;
                g_autofree char *folded_name = g_ascii_strdown(name, -1);

                if (apps_only && !is_app(entry))
                        continue;
                g_strv_builder_add(all, name);
                g_strv_builder_add(all, store_entry_base_name(entry));
                g_strv_builder_addv(all, (const char **)entry->aliases);
                if (strlen(word) >= 3 && n_chosen < 3 && strstr(folded_name, folded) != NULL) {
                        g_strv_builder_add(builder, name);
                        n_chosen++;
                }
        }
        names = g_strv_builder_end(all);
        nearest = n_chosen == 0 ? suggest_nearest(word, (const char *const *)names) : NULL;
        if (nearest != NULL)
                return g_strdup(nearest);
        chosen = g_strv_builder_end(builder);
        return n_chosen > 0 ? g_strjoinv(", ", chosen) : NULL;
}

static void set_unknown(GError **error, const StoreCatalog *catalog, const char *word, gboolean app)
{
        g_autofree char *shown = store_text_escape(word), *others = near(catalog, word, app), *hint = NULL;

        hint = others != NULL ? g_strdup_printf(_("Did you mean: %s? "), others) : g_strdup("");
        if (app)
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND,
                            _("%s: no profile of this name\n%sAny program runs with: oriel run --profile base/gui -- "
                              "%s"),
                            shown, hint, shown);
        else
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND,
                            _("%s: no profile of this name\n%s\"oriel profile list\" shows all; a file is named by a "
                              "path with \"/\"."),
                            shown, hint);
}

/* The path as the caller of cwd means it, its directory canonical. */
static char *resolve(Witnesses *witnesses, const char *word, const char *cwd)
{
        g_autofree char *path = g_canonicalize_filename(word, cwd), *above = g_path_get_dirname(path);
        g_autofree char *name = g_path_get_basename(path);
        CLEANUP(freep) char *real = NULL;

        /* What kind of program it is stands in itself. */
        witnesses_path(witnesses, path, WITNESS_CONTENT);
        real = realpath(above, NULL);
        return real != NULL ? g_build_filename(real, name, NULL) : NULL;
}

static const StoreEntry *find_program(StoreCatalog *catalog, const char *word, const char *cwd, GError **error)
{
        g_autofree char *path = resolve(store_dirs_witnesses(store_catalog_dirs(catalog)), word, cwd),
                        *shown = store_text_escape(word);
        StoreEntry *entry = NULL;

        if (path == NULL || (access(path, F_OK) < 0 && store_catalog_get_named(catalog, word) != NULL)) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND,
                            _("%s: no such program\nA profile is named with: oriel run --profile %s -- COMMAND"), shown,
                            shown);
                return NULL;
        }
        entry = store_entry_new_program(path, store_dirs_home(store_catalog_dirs(catalog)), error);
        return entry != NULL ? store_catalog_add_other(catalog, entry) : NULL;
}

const StoreEntry *store_catalog_find_app(StoreCatalog *catalog, const char *word, const char *cwd, GError **error)
{
        static const Step steps[] = { by_id, by_alias, by_desktop_id, by_last_element, by_command, by_broken_file };
        g_autoptr(GError) local = NULL;
        g_autofree char *program = NULL;
        const StoreEntry *found = NULL;

        if (strchr(word, '/') != NULL)
                return find_program(catalog, word, cwd, error);
        program = store_desktop_program(store_catalog_dirs(catalog), word);
        found = take_steps(catalog, steps, G_N_ELEMENTS(steps), word, program, &local);
        if (found == NULL && local != NULL)
                g_propagate_error(error, g_steal_pointer(&local));
        else if (found == NULL)
                set_unknown(error, catalog, word, TRUE);
        return found;
}

static const StoreEntry *find_file(StoreCatalog *catalog, const char *word, const char *cwd, GError **error)
{
        g_autofree char *path = g_canonicalize_filename(word, cwd), *shown = store_text_escape(word);
        CLEANUP(freep) char *real = NULL;
        const StoreEntry *entry = NULL;

        witnesses_path(store_dirs_witnesses(store_catalog_dirs(catalog)), path, WITNESS_PLACE);
        real = realpath(path, NULL);
        if (real == NULL && errno == ENOENT && word[0] != '.' && word[0] != '/') {
                set_unknown(error, catalog, word, FALSE);
                return NULL;
        }
        if (real == NULL) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND,
                            _("%s: no profile of this name, and no such file: %s"), shown, g_strerror(errno));
                return NULL;
        }
        entry = store_catalog_add_other(catalog, store_entry_new(STORE_ORIGIN_FILE, real, real));
        return store_catalog_usable(entry, error);
}

/* By name or by its last part.  NULL with *error for a fault, without where there is none. */
static const StoreEntry *find_name(StoreCatalog *catalog, const char *word, GError **error)
{
        static const Step steps[] = { by_file };
        const StoreEntry *found = store_catalog_get_named(catalog, word);

        if (found != NULL)
                return store_catalog_usable(found, error);
        return take_steps(catalog, steps, G_N_ELEMENTS(steps), word, NULL, error);
}

const StoreEntry *store_catalog_find_profile(StoreCatalog *catalog, const char *word, const char *cwd, GError **error)
{
        static const Step steps[] = { by_any_id, by_alias };
        g_autoptr(GError) local = NULL;
        const StoreEntry *found = find_name(catalog, word, &local);

        if (found == NULL && local == NULL && strchr(word, '/') != NULL)
                return find_file(catalog, word, cwd, error);
        if (found == NULL && local == NULL)
                found = take_steps(catalog, steps, G_N_ELEMENTS(steps), word, NULL, &local);
        if (found == NULL && local != NULL)
                g_propagate_error(error, g_steal_pointer(&local));
        else if (found == NULL)
                set_unknown(error, catalog, word, FALSE);
        return found;
}

const StoreEntry *store_catalog_find_block(StoreCatalog *catalog, const char *word, GError **error)
{
        g_autofree char *in_base = g_strconcat("base/", word, NULL);
        g_autoptr(GError) local = NULL;
        const StoreEntry *found = store_catalog_get_named(catalog, in_base);

        if (found != NULL)
                return store_catalog_usable(found, error);
        found = find_name(catalog, word, &local);
        if (found == NULL && local != NULL)
                g_propagate_error(error, g_steal_pointer(&local));
        else if (found == NULL)
                set_unknown(error, catalog, word, FALSE);
        return found;
}
