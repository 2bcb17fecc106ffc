/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One profile's own names: id, aliases, command. */

#include "store/entry.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "ids/app-id.h"
#include "image/elf-image.h"
#include "store/text.h"

const char *store_entry_base_name(const StoreEntry *entry)
{
        const char *slash = strrchr(entry->name, '/');

        return slash != NULL ? slash + 1 : entry->name;
}

static char *id_for_run(const char *name)
{
        CLEANUP(freep) char *id = NULL;
        g_autofree char *short_name = NULL;
        int r = app_id_for_run(&id, name);

        if (r < 0) {
                short_name = store_text_digest(32, name, NULL);
                r = app_id_for_run(&id, short_name);
        }
        if (r < 0)
                g_error("out of memory");
        return g_strdup(id);
}

StoreEntry *store_entry_new(StoreOrigin origin, const char *name, const char *path)
{
        StoreEntry *entry = g_new0(StoreEntry, 1);

        entry->origin = origin;
        entry->name = g_strdup(name);
        entry->path = g_strdup(path);
        entry->id = id_for_run(store_entry_base_name(entry));
        entry->aliases = g_new0(char *, 1);
        return entry;
}

void store_entry_free(StoreEntry *entry)
{
        if (entry == NULL)
                return;
        g_free(entry->name);
        g_free(entry->path);
        g_free(entry->id);
        g_free(entry->command);
        g_strfreev(entry->aliases);
        g_clear_pointer(&entry->profile, profile_free);
        g_clear_error(&entry->error);
        g_free(entry);
}

/* "firefox-esr" of "/usr/bin/firefox-esr --new-window"; NULL of "". */
static char *program_name(const char *command)
{
        gsize n = strcspn(command, " \t");
        g_autofree char *program = g_strndup(command, n);

        return n == 0 ? NULL : g_path_get_basename(program);
}

void store_entry_parse(StoreEntry *entry, const char *text, gsize n)
{
        g_autoptr(Profile) profile = profile_parse(text, n, entry->path, &entry->error);
        const char *id = NULL, *command = NULL;

        if (profile == NULL)
                return;
        if (profile_is_set(profile, PROFILE_APPLICATION_NAME)) {
                id = profile_get_string(profile, PROFILE_APPLICATION_NAME);
                if (!app_id_is_valid(id, strlen(id)) || app_id_is_reserved(id, strlen(id))) {
                        g_autofree char *shown = store_text_escape(id), *path = store_text_escape(entry->path);

                        g_set_error(&entry->error, ORIEL_ERROR, ORIEL_ERROR_INVALID,
                                    _("%s:%u: no profile may have the id \"%s\""), path,
                                    profile_origin(profile, PROFILE_APPLICATION_NAME, 0).line, shown);
                        return;
                }
                g_free(entry->id);
                entry->id = g_strdup(id);
                entry->has_id = TRUE;
        }
        if (profile_is_set(profile, PROFILE_APPLICATION_COMMAND))
                command = profile_get_string(profile, PROFILE_APPLICATION_COMMAND);
        entry->command = command != NULL ? program_name(command) : NULL;
        g_strfreev(entry->aliases);
        entry->aliases = g_strdupv((char **)profile_get_list(profile, PROFILE_ORIEL_ALIAS));
        entry->profile = g_steal_pointer(&profile);
}

/* A directory whose sight gives the home away: it holds the home, or stands in the way to it, or is the root. */
static gboolean holds(const char *directory, const char *path)
{
        gsize n = strlen(directory);

        return strcmp(directory, "/") == 0 ||
               (path != NULL && g_str_has_prefix(path, directory) && (path[n] == '/' || path[n] == '\0'));
}

/* Then nothing of its directory is needed: all it has is in itself. */
static gboolean is_image(const char *path)
{
        CLEANUP(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        ElfImage image = { 0 };

        int code = fd < 0 ? -1 : elf_image_find_in(&image, fd);

        return code >= 0 && code != ELF_IMAGE_NONE;
}

StoreEntry *store_entry_new_program(const char *path, const char *home, GError **error)
{
        g_autofree char *directory = g_path_get_dirname(path);
        gboolean only_file = holds(directory, home);
        g_autofree char *grant = g_strconcat(only_file ? path : directory, ":ro", NULL);
        g_autoptr(Profile) profile = profile_new();
        StoreEntry *entry = NULL;

        /* The grammar of filesystems= gives these a meaning, so such a path can't be granted by it. */
        if (strpbrk(path, ":;\\\n") != NULL || !g_utf8_validate(path, -1, NULL)) {
                g_autofree char *shown = store_text_escape(path);

                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_USAGE,
                            _("%s: a path with \":\", \";\", \"\\\" or a line break cannot be granted\nRename it."),
                            shown);
                return NULL;
        }
        if (!profile_set(profile, PROFILE_ORIEL_INHERITS, "gui", path, error) ||
            (!is_image(path) && !profile_set(profile, PROFILE_CONTEXT_FILESYSTEMS, grant, path, error)))
                return NULL;
        entry = store_entry_new(STORE_ORIGIN_PROGRAM, path, "");
        entry->command = g_path_get_basename(path);
        entry->profile = g_steal_pointer(&profile);
        return entry;
}
