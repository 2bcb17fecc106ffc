/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values of [Box NAME]: names, ids, mounts, commands, readiness. */

#include <string.h>

#include "base/i18n.h"
#include "ids/env-name.h"
#include "profile/box.h"
#include "profile/suggest.h"
#include "profile/value-check.h"
#include "profile/value.h"

/* ---- Names and ids ---- */

char *value_read_box_name(const char *text, ValueFault *ret_fault)
{
        static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789/-";
        gsize n = strspn(text, letters);

        if (text[n] != '\0' || !g_ascii_isalnum(*text) || n > 64)
                return value_fault(ret_fault, text[n] != '\0' ? n : 0,
                                   _("Not a box's name: \"%s\"; it has small letters, digits, '-' and '/', 64 at most"),
                                   text);
        return g_strdup(text);
}

char *value_read_box_hostname(const char *text, ValueFault *ret_fault)
{
        gsize n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-");

        if (*text == '\0' || text[n] != '\0' || n > 64)
                return value_fault(ret_fault, text[n] != '\0' ? n : 0, _("Not a host name: \"%s\""), text);
        return g_strdup(text);
}

/* An id, and what follows it. */
static gboolean read_id(const char *text, guint *ret_id, const char **ret_end)
{
        guint64 id;
        char *end = NULL;

        if (!g_ascii_isdigit(*text))
                return FALSE;
        id = g_ascii_strtoull(text, &end, 10);
        *ret_id = (guint)id;
        *ret_end = end;
        return id < G_MAXUINT32;
}

gboolean profile_box_map_parse(const char *text, guint *ret_uid, guint *ret_gid)
{
        guint uid = 0, gid = 0;
        const char *end = NULL;

        if (g_str_equal(text, "caller"))
                return TRUE;
        if (!g_str_equal(text, "root")) {
                if (!read_id(text, &uid, &end))
                        return FALSE;
                gid = uid;
                if ((*end == ':' && !read_id(end + 1, &gid, &end)) || *end != '\0')
                        return FALSE;
        }
        *ret_uid = uid;
        *ret_gid = gid;
        return TRUE;
}

char *value_read_box_map(const char *text, ValueFault *ret_fault)
{
        guint uid, gid;

        if (!profile_box_map_parse(text, &uid, &gid))
                return value_fault(ret_fault, 0,
                                   _("Not who the programs are: \"%s\"; write caller, root, UID or UID:GID"), text);
        return g_strdup(text);
}

gboolean profile_subids_parse(const char *text, guint *ret_inside, guint *ret_count)
{
        const char *end = NULL;

        return read_id(text, ret_inside, &end) && *end == '+' && read_id(end + 1, ret_count, &end) && *end == '\0' &&
               *ret_count > 0 && *ret_count <= G_MAXUINT32 - 1 - *ret_inside;
}

char *value_read_subids(const char *text, ValueFault *ret_fault)
{
        guint inside, count;

        if (!profile_subids_parse(text, &inside, &count))
                return value_fault(ret_fault, 0, _("Not a range of ids: \"%s\"; write INSIDE+COUNT"), text);
        return g_strdup(text);
}

char *value_read_assignment(const char *text, ValueFault *ret_fault)
{
        const char *sign = strchr(text, '=');

        if (sign == NULL || !env_name_is_valid(text, (gsize)(sign - text)))
                return value_fault(ret_fault, 0, _("Not NAME=VALUE: \"%s\""), text);
        return g_strdup(text);
}

/* ---- Commands ---- */

/* The next word from *at on, which is moved behind it; NULL: no more, or with *ret_open an unfinished quote. */
static char *next_word(const char **at, gboolean *ret_open)
{
        g_autoptr(GString) word = g_string_new(NULL);
        const char *p = *at + strspn(*at, " \t");
        gboolean any = *p != '\0';
        char quote = '\0';

        for (; *p != '\0' && (quote != '\0' || strchr(" \t", *p) == NULL); p++) {
                if (*p == quote)
                        quote = '\0';
                else if (quote == '\0' && (*p == '"' || *p == '\''))
                        quote = *p;
                else
                        g_string_append_c(word, *p);
        }
        *at = p;
        *ret_open = quote != '\0';
        return any && quote == '\0' ? g_string_free(g_steal_pointer(&word), FALSE) : NULL;
}

char **profile_words_parse(const char *text)
{
        g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
        gboolean open = FALSE;
        char *word;

        while ((word = next_word(&text, &open)) != NULL)
                g_ptr_array_add(words, word);
        if (open || words->len == 0)
                return NULL;
        g_ptr_array_add(words, NULL);
        g_ptr_array_set_free_func(words, NULL);
        return (char **)g_ptr_array_free(g_steal_pointer(&words), FALSE);
}

char *value_read_run(const char *text, ValueFault *ret_fault)
{
        g_auto(GStrv) words = profile_words_parse(text);
        g_autofree char *clean = value_read_text(text, ret_fault), *program = NULL;

        if (clean == NULL)
                return NULL;
        if (words == NULL)
                return value_fault(ret_fault, 0, _("A quote that does not end: \"%s\""), text);
        if (words[0][0] == '\0')
                return value_fault(ret_fault, 0, _("No program: \"%s\""), text);
        program = value_read_program(words[0], ret_fault);
        return program == NULL ? NULL : g_steal_pointer(&clean);
}

/* ---- Readiness ---- */

static const struct {
        const char *word;
        gboolean fd, path;
} readies[] = {
        [PROFILE_READY_EXEC] = { "exec", FALSE, FALSE },     [PROFILE_READY_EXIT] = { "exit", FALSE, FALSE },
        [PROFILE_READY_FD] = { "fd:", TRUE, FALSE },         [PROFILE_READY_LINE] = { "line:", TRUE, FALSE },
        [PROFILE_READY_SOCKET] = { "socket:", FALSE, TRUE }, [PROFILE_READY_FILE] = { "file:", FALSE, TRUE },
};
_Static_assert(G_N_ELEMENTS(readies) == _PROFILE_READY_MAX, "a word is missing");

/* As the plan wants them: absolute, and nothing to resolve. */
static gboolean is_plain_path(const char *path)
{
        ValueFault fault = { 0 };
        g_autofree char *clean = value_read_path(path, &fault);

        g_free(fault.sentence);
        return *path == '/' && path[1] != '\0' && g_strcmp0(clean, path) == 0;
}

gboolean profile_ready_parse(const char *text, ProfileReady *ret_ready, gint *ret_fd, const char **ret_path)
{
        *ret_fd = -1;
        *ret_path = NULL;
        for (ProfileReady i = 0; i < _PROFILE_READY_MAX; i++) {
                const char *rest = text + strlen(readies[i].word);
                guint fd = 0;

                if (!g_str_has_prefix(text, readies[i].word))
                        continue;
                *ret_ready = i;
                if (readies[i].path) {
                        *ret_path = rest;
                        return is_plain_path(rest) && (i != PROFILE_READY_SOCKET || strlen(rest) < 108);
                }
                if (!readies[i].fd)
                        return *rest == '\0';
                if (!read_id(rest, &fd, &rest) || *rest != '\0' || fd < 3 || fd > 1023)
                        return FALSE;
                *ret_fd = (gint)fd;
                return TRUE;
        }
        return FALSE;
}

char *value_read_ready(const char *text, ValueFault *ret_fault)
{
        ProfileReady ready;
        const char *path;
        gint fd;

        if (!profile_ready_parse(text, &ready, &fd, &path))
                return value_fault(
                        ret_fault, 0,
                        _("Not a way to be ready: \"%s\"; write exec, exit, fd:N or line:N with N from 3 on, "
                          "socket:/PATH or file:/PATH"),
                        text);
        return g_strdup(text);
}

char *value_read_timeout(const char *text, ValueFault *ret_fault)
{
        guint64 seconds = 0;

        if (!profile_time_parse(text, &seconds) || seconds == 0 || seconds > 600)
                return value_fault(ret_fault, 0, _("Not a time from 1s to 10m: \"%s\""), text);
        return g_strdup(text);
}

/* ---- Mounts ---- */

typedef enum Option {
        OPTION_FROM = 1 << 0,
        OPTION_NAME = 1 << 1, /* of what is shared: must be there */
        OPTION_TO = 1 << 2,   /* must be there */
        OPTION_CONTENT = 1 << 3,
        OPTION_LOWER = 1 << 4, /* once at least */
        OPTION_MODE = 1 << 5,
        OPTION_SIZE = 1 << 6,
} Option;

#define MIB ((guint64)1024 * 1024)

/* A new kind is a row here, a value of ProfileBoxMountKind and a function of the planner's. */
static const struct KindRow {
        const char *word;
        guint options, flags; /* Option, ProfileBoxMountFlag */
        guint mode;
        guint64 size;
        gboolean alone; /* no path follows */
} kinds[] = {
        [PROFILE_BOX_MOUNT_BASE] = { .word = "base", .alone = TRUE },
        [PROFILE_BOX_MOUNT_GRANTED] = { .word = "granted", .alone = TRUE },
        [PROFILE_BOX_MOUNT_PARENT] = { .word = "parent", .alone = TRUE },
        [PROFILE_BOX_MOUNT_BIND] = { .word = "bind",
                                     .options = OPTION_FROM,
                                     .flags = PROFILE_BOX_MOUNT_RW | PROFILE_BOX_MOUNT_OPTIONAL |
                                              PROFILE_BOX_MOUNT_DEVICE | PROFILE_BOX_MOUNT_NOEXEC },
        [PROFILE_BOX_MOUNT_TMPFS] = { .word = "tmpfs",
                                      .options = OPTION_MODE | OPTION_SIZE,
                                      .flags = PROFILE_BOX_MOUNT_NOEXEC,
                                      .mode = 0755,
                                      .size = 64 * MIB },
        [PROFILE_BOX_MOUNT_SHARED] = { .word = "shared",
                                       .options = OPTION_NAME | OPTION_MODE | OPTION_SIZE,
                                       .flags = PROFILE_BOX_MOUNT_RW | PROFILE_BOX_MOUNT_NOEXEC,
                                       .mode = 0755,
                                       .size = MIB },
        [PROFILE_BOX_MOUNT_OVERLAY] = { .word = "overlay",
                                        .options = OPTION_LOWER | OPTION_SIZE,
                                        .flags = PROFILE_BOX_MOUNT_RW | PROFILE_BOX_MOUNT_NOEXEC,
                                        .size = 1024 * MIB },
        [PROFILE_BOX_MOUNT_PROC] = { .word = "proc",
                                     .flags = PROFILE_BOX_MOUNT_PIDS_ONLY | PROFILE_BOX_MOUNT_HIDE_PIDS },
        [PROFILE_BOX_MOUNT_DEVPTS] = { .word = "devpts" },
        [PROFILE_BOX_MOUNT_MQUEUE] = { .word = "mqueue" },
        [PROFILE_BOX_MOUNT_DIR] = { .word = "dir", .options = OPTION_MODE, .mode = 0755 },
        [PROFILE_BOX_MOUNT_FILE] = { .word = "file",
                                     .options = OPTION_CONTENT | OPTION_MODE,
                                     .flags = PROFILE_BOX_MOUNT_RW,
                                     .mode = 0444 },
        [PROFILE_BOX_MOUNT_SYMLINK] = { .word = "symlink", .options = OPTION_TO },
        [PROFILE_BOX_MOUNT_MASK] = { .word = "mask" },
        [PROFILE_BOX_MOUNT_READ_ONLY] = { .word = "read-only" },
};
_Static_assert(G_N_ELEMENTS(kinds) == _PROFILE_BOX_MOUNT_MAX, "a kind has no row");

static const char *const flag_words[] = { "rw", "optional", "device", "noexec", "pids-only", "hide-pids", NULL };

static const struct {
        const char *start;
        Option option;
} option_words[] = {
        { "from=", OPTION_FROM },   { "name=", OPTION_NAME }, { "to=", OPTION_TO },     { "content=", OPTION_CONTENT },
        { "lower=", OPTION_LOWER }, { "mode=", OPTION_MODE }, { "size=", OPTION_SIZE },
};

static char *take_option(ProfileBoxMount *mount, Option option, const char *value, ValueFault *ret_fault)
{
        char *end = NULL;

        switch (option) {
        case OPTION_FROM:
                mount->from = value_read_path(value, ret_fault);
                return mount->from;
        case OPTION_NAME:
                mount->from = value_read_box_name(value, ret_fault);
                return mount->from;
        case OPTION_TO:
                mount->from = value_read_text(value, ret_fault);
                return mount->from;
        case OPTION_CONTENT:
                return mount->from = g_strdup(value);
        case OPTION_LOWER: {
                char *path = value_read_path(value, ret_fault);
                gsize n = mount->lowers == NULL ? 0 : g_strv_length(mount->lowers);

                if (path == NULL)
                        return NULL;
                mount->lowers = g_renew(char *, mount->lowers, n + 2);
                mount->lowers[n] = path;
                mount->lowers[n + 1] = NULL;
                return path;
        }
        case OPTION_MODE:
                mount->mode = (guint)g_ascii_strtoull(value, &end, 8);
                if (!g_ascii_isdigit(*value) || *end != '\0' || mount->mode > 07777)
                        return value_fault(ret_fault, 0, _("Not an octal mode: \"%s\""), value);
                return end;
        case OPTION_SIZE:
        default:
                if (!profile_size_parse(value, &mount->size) || mount->size == 0)
                        return value_fault(ret_fault, 0, _("Not a size: \"%s\"; write a number with K, M, G or T"),
                                           value);
                return (char *)value;
        }
}

/* One word behind the path. */
static gboolean take_word(ProfileBoxMount *mount, const char *word, guint *taken, ValueFault *ret_fault)
{
        const struct KindRow *row = &kinds[mount->kind];

        for (gsize i = 0; flag_words[i] != NULL; i++)
                if (g_str_equal(word, flag_words[i]) && (row->flags & 1u << i) != 0) {
                        mount->flags |= 1u << i;
                        return TRUE;
                }
        for (gsize i = 0; i < G_N_ELEMENTS(option_words); i++) {
                Option option = option_words[i].option;

                if (!g_str_has_prefix(word, option_words[i].start) || (row->options & option) == 0)
                        continue;
                if ((*taken & option) != 0 && option != OPTION_LOWER) {
                        (void)value_fault(ret_fault, 0, _("\"%s\" stands twice"), option_words[i].start);
                        return FALSE;
                }
                *taken |= option;
                return take_option(mount, option, word + strlen(option_words[i].start), ret_fault) != NULL;
        }
        (void)value_fault(ret_fault, 0, _("\"%s\" is nothing that a mount of kind %s has"), word, row->word);
        return FALSE;
}

static gboolean take_kind(ProfileBoxMount *mount, const char *word, ValueFault *ret_fault)
{
        const char *words[_PROFILE_BOX_MOUNT_MAX + 1] = { NULL };
        g_autofree char *known = NULL;

        for (gsize i = 0; i < _PROFILE_BOX_MOUNT_MAX; i++)
                words[i] = kinds[i].word;
        known = value_read_word(word, words, ret_fault);
        for (mount->kind = 0; known != NULL && !g_str_equal(kinds[mount->kind].word, word);)
                mount->kind++;
        return known != NULL;
}

static gboolean take_words(ProfileBoxMount *mount, char **words, ValueFault *ret_fault)
{
        guint taken = 0;

        if (!take_kind(mount, words[0], ret_fault))
                return FALSE;
        mount->mode = kinds[mount->kind].mode;
        mount->size = kinds[mount->kind].size;
        if (kinds[mount->kind].alone && words[1] != NULL)
                (void)value_fault(ret_fault, 0, _("\"%s\" stands alone"), words[0]);
        else if (!kinds[mount->kind].alone && words[1] == NULL)
                (void)value_fault(ret_fault, 0, _("A mount of kind %s names no path"), words[0]);
        else if (words[1] != NULL)
                mount->dest = value_read_path(words[1], ret_fault);
        if (kinds[mount->kind].alone || mount->dest == NULL)
                return ret_fault->sentence == NULL;
        for (gsize i = 2; words[i] != NULL; i++)
                if (!take_word(mount, words[i], &taken, ret_fault))
                        return FALSE;
        for (gsize i = 0; i < G_N_ELEMENTS(option_words); i++)
                if ((kinds[mount->kind].options & ~taken & option_words[i].option &
                     (OPTION_NAME | OPTION_TO | OPTION_LOWER)) != 0) {
                        (void)value_fault(ret_fault, 0, _("A mount of kind %s needs %s"), words[0],
                                          option_words[i].start);
                        return FALSE;
                }
        return TRUE;
}

void profile_box_mount_clear(ProfileBoxMount *mount)
{
        g_free(mount->dest);
        g_free(mount->from);
        g_strfreev(mount->lowers);
}

char *value_read_box_mount(const char *text, ValueFault *ret_fault)
{
        g_auto(GStrv) words = profile_words_parse(text);
        g_auto(ProfileBoxMount) mount = { 0 };
        g_autofree char *clean = value_read_text(text, ret_fault);

        if (clean == NULL)
                return NULL;
        if (words == NULL)
                return value_fault(ret_fault, 0, _("A quote that does not end: \"%s\""), text);
        return take_words(&mount, words, ret_fault) ? g_steal_pointer(&clean) : NULL;
}

gboolean profile_box_mount_parse(ProfileBoxMount *ret_mount, const char *entry)
{
        g_auto(GStrv) words = profile_words_parse(entry);
        g_auto(ProfileBoxMount) mount = { 0 };
        ValueFault fault = { 0 };

        if (words == NULL || !take_words(&mount, words, &fault)) {
                g_free(fault.sentence);
                return FALSE;
        }
        *ret_mount = mount;
        mount = (ProfileBoxMount){ 0 };
        return TRUE;
}
