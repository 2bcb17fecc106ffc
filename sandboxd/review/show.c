/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "review/show.h"

#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/i18n.h"
#include "diff/line-diff.h"
#include "review/content.h"

/* ---- Words ---- */

const char *review_conflict_words(ReviewConflict conflict)
{
        switch (conflict) {
        case REVIEW_CHANGED_OUTSIDE:
                return _("changed outside meanwhile");
        case REVIEW_ADDED_OUTSIDE:
                return _("made outside too");
        case REVIEW_NO_CONFLICT:
        case _REVIEW_CONFLICT_MAX:
                break;
        }
        return NULL;
}

static const char kind_letters[] = {
        [REVIEW_ADDED] = 'A', [REVIEW_DELETED] = 'D', [REVIEW_CHANGED] = 'M', [REVIEW_RENAMED] = 'R'
};
static const char *const kind_words[] = { [REVIEW_ADDED] = "added",
                                          [REVIEW_DELETED] = "deleted",
                                          [REVIEW_CHANGED] = "changed",
                                          [REVIEW_RENAMED] = "renamed" };
G_STATIC_ASSERT(sizeof kind_letters == _REVIEW_KIND_MAX && G_N_ELEMENTS(kind_words) == _REVIEW_KIND_MAX);

/* Of what can't be shown in lines. */
static const char *kind_of_file(mode_t mode)
{
        return S_ISDIR(mode) ? _("directory") : S_ISFIFO(mode) ? _("FIFO") : S_ISSOCK(mode) ? _("socket") : _("device");
}

gboolean review_is_git_inside(const ReviewChange *change)
{
        const char *path = change->path;

        if (change->protected != NULL && change->protected->grade == PROTECT_KEPT && strstr(path, ".git") != NULL)
                return FALSE;
        return g_str_has_prefix(path, ".git/") || strstr(path, "/.git/") != NULL;
}

/* ---- Patches ---- */

/* A path as git quotes it (git-config(1), core.quotePath): plain, or in quotes with octal escapes. */
static void add_quoted(Buffer *text, const char *prefix, const char *path)
{
        gboolean plain = TRUE;

        for (const char *p = path; *p != '\0'; p++)
                plain = plain && (guchar)*p >= ' ' && (guchar)*p < 0x7f && *p != '"' && *p != '\\';
        if (!plain)
                buffer_add_byte(text, '"');
        buffer_add_text(text, prefix);
        for (const char *p = path; *p != '\0'; p++) {
                if (plain)
                        buffer_add_byte(text, *p);
                else if (*p == '"' || *p == '\\')
                        buffer_printf(text, "\\%c", *p);
                else if ((guchar)*p < ' ' || (guchar)*p >= 0x7f)
                        buffer_printf(text, "\\%03o", (guchar)*p);
                else
                        buffer_add_byte(text, *p);
        }
        if (!plain)
                buffer_add_byte(text, '"');
}

/* Modes as git keeps them. */
static guint git_mode(mode_t mode)
{
        return S_ISLNK(mode) ? 0120000 : (mode & 0100) != 0 ? 0100755 : 0100644;
}

static gboolean has_lines(mode_t mode)
{
        return S_ISREG(mode) || S_ISLNK(mode);
}

typedef struct Sides {
        char *old, *new; /* NULL where there is none, or it was not read */
        gsize n_old, n_new;
        gboolean binary; /* or too large */
} Sides;

static void sides_clear(Sides *sides)
{
        g_free(sides->old);
        g_free(sides->new);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Sides, sides_clear)

static void read_sides(const ReviewSet *set, const ReviewChange *change, Sides *sides)
{
        const char *from = change->from != NULL ? change->from : change->path;

        if (has_lines(change->old.st_mode))
                sides->old = content_read(set->lower, from, &sides->n_old);
        if (has_lines(change->new.st_mode))
                sides->new = content_read(set->upper, change->path, &sides->n_new);
        sides->binary = (has_lines(change->old.st_mode) && sides->old == NULL) ||
                        (has_lines(change->new.st_mode) && sides->new == NULL) ||
                        (sides->old != NULL && line_diff_is_binary(sides->old, sides->n_old)) ||
                        (sides->new != NULL &&line_diff_is_binary(sides->new, sides->n_new));
}

/* Lines as they are, but for a terminal. */
static void add_lines(Buffer *text, const Buffer *lines, gboolean raw)
{
        const char *at = lines->bytes, *end = lines->bytes + lines->n;

        if (raw) {
                buffer_add(text, lines->bytes, lines->n);
                return;
        }
        while (at < end) {
                gsize n = strcspn(at, "\n\t\\");
                g_autofree char *part = g_strndup(at, n);

                buffer_add_escaped(text, part);
                at += n;
                if (at < end)
                        buffer_add_byte(text, *at++);
        }
}

static void add_comment(const ReviewChange *change, Buffer *text)
{
        mode_t mode = change->new.st_mode != 0 ? change->new.st_mode : change->old.st_mode;

        buffer_add_text(text, "# ");
        if (change->new.st_mode != 0 && change->old.st_mode != 0)
                buffer_printf(text, _("mode %03o -> %03o: "), change->old.st_mode & 0777, change->new.st_mode & 0777);
        else
                buffer_printf(text, change->new.st_mode != 0 ? _("new %s: ") : _("removed %s: "), kind_of_file(mode));
        buffer_add_escaped(text, change->path);
        buffer_add_byte(text, '\n');
}

static void add_warnings(const ReviewChange *change, Buffer *text)
{
        const char *conflict = review_conflict_words(change->conflict);

        if (conflict != NULL) {
                buffer_add_text(text, "# ");
                buffer_add_escaped(text, change->path);
                buffer_printf(text, ": %s\n", conflict);
        }
        if (change->protected != NULL) {
                buffer_add_text(text, "# ");
                buffer_add_escaped(text, change->path);
                buffer_printf(text, _(": the host runs what it says (%s)\n"),
                              protect_class_word(change->protected->class));
        }
}

static void add_patch(const ReviewSet *set, const ReviewChange *change, gboolean raw, Buffer *text)
{
        const char *from = change->from != NULL ? change->from : change->path;
        CLEANUP(buffer_clear) Buffer lines = BUFFER_INIT;
        g_auto(Sides) sides = { 0 };
        gboolean was = has_lines(change->old.st_mode), is = has_lines(change->new.st_mode);

        add_warnings(change, text);
        if ((change->old.st_mode != 0 && !was) || (change->new.st_mode != 0 && !is)) {
                add_comment(change, text);
                return;
        }
        /* A file that became a link, or the other way about: as git does it, one goes and one comes. */
        if (was && is && (change->old.st_mode & S_IFMT) != (change->new.st_mode &S_IFMT)) {
                ReviewChange part = *change;

                part.conflict = REVIEW_NO_CONFLICT;
                part.protected = NULL;
                part.new.st_mode = 0;
                add_patch(set, &part, raw, text);
                part = *change;
                part.conflict = REVIEW_NO_CONFLICT;
                part.protected = NULL;
                part.old.st_mode = 0;
                add_patch(set, &part, raw, text);
                return;
        }
        buffer_add_text(text, "diff --git ");
        add_quoted(text, "a/", from);
        buffer_add_byte(text, ' ');
        add_quoted(text, "b/", change->path);
        buffer_add_byte(text, '\n');
        if (was && is && git_mode(change->old.st_mode) != git_mode(change->new.st_mode))
                buffer_printf(text, "old mode %06o\nnew mode %06o\n", git_mode(change->old.st_mode),
                              git_mode(change->new.st_mode));
        else if (!was)
                buffer_printf(text, "new file mode %06o\n", git_mode(change->new.st_mode));
        else if (!is)
                buffer_printf(text, "deleted file mode %06o\n", git_mode(change->old.st_mode));
        if (change->from != NULL) {
                buffer_add_text(text, "similarity index 100%\nrename from ");
                add_quoted(text, "", from);
                buffer_add_text(text, "\nrename to ");
                add_quoted(text, "", change->path);
                buffer_add_byte(text, '\n');
                return;
        }
        read_sides(set, change, &sides);
        if (!sides.binary)
                (void)line_diff(&lines, sides.old != NULL ? sides.old : "", sides.n_old,
                                sides.new != NULL ? sides.new : "", sides.n_new);
        if (lines.failed)
                text->failed = true;
        if (!sides.binary && lines.n == 0)
                return; /* the mode alone, or an empty file */
        if (sides.binary) {
                buffer_add_text(text, "Binary files ");
                was ? add_quoted(text, "a/", from) : buffer_add_text(text, "/dev/null");
                buffer_add_text(text, " and ");
                is ? add_quoted(text, "b/", change->path) : buffer_add_text(text, "/dev/null");
                buffer_add_text(text, " differ\n");
                return;
        }
        buffer_add_text(text, "--- ");
        was ? add_quoted(text, "a/", from) : buffer_add_text(text, "/dev/null");
        buffer_add_text(text, "\n+++ ");
        is ? add_quoted(text, "b/", change->path) : buffer_add_text(text, "/dev/null");
        buffer_add_byte(text, '\n');
        add_lines(text, &lines, raw);
}

static void add_git_sum(guint n, Buffer *text)
{
        if (n > 0)
                buffer_printf(text, _("# and %u files inside .git: see them with  oriel diff --stat ID .git\n"), n);
}

void review_show_patch(
        const ReviewSet *set, const ReviewChanges *changes, gboolean git_too, gboolean raw, Buffer *ret_text)
{
        guint inside = 0;

        for (guint i = 0; i < changes->all->len; i++) {
                const ReviewChange *change = changes->all->pdata[i];

                if (!git_too && review_is_git_inside(change))
                        inside++;
                else
                        add_patch(set, change, raw, ret_text);
        }
        add_git_sum(inside, ret_text);
        if (!changes->whole)
                buffer_add_text(ret_text, _("# there are more changes than could be read\n"));
}

/* ---- Lists ---- */

static void add_count(const ReviewSet *set, const ReviewChange *change, Buffer *text)
{
        g_auto(Sides) sides = { 0 };
        LineDiffCount count;

        if (change->kind == REVIEW_RENAMED || S_ISDIR(change->new.st_mode) || S_ISDIR(change->old.st_mode))
                return;
        read_sides(set, change, &sides);
        if (sides.binary) {
                buffer_printf(text, _("  binary, %lld -> %lld bytes"), (long long)change->old.st_size,
                              (long long)change->new.st_size);
                return;
        }
        count = line_diff(NULL, sides.old != NULL ? sides.old : "", sides.n_old, sides.new != NULL ? sides.new : "",
                          sides.n_new);
        buffer_printf(text, "  +%zu -%zu", count.added, count.removed);
}

static void add_line(const ReviewSet *set, const ReviewChange *change, Buffer *text)
{
        const char *conflict = review_conflict_words(change->conflict);
        mode_t old = change->old.st_mode, new = change->new.st_mode, mode = new != 0 ? new : old;

        buffer_printf(text, "%c ", kind_letters[change->kind]);
        if (change->from != NULL) {
                buffer_add_escaped(text, change->from);
                buffer_add_text(text, " -> ");
        }
        buffer_add_escaped(text, change->path);
        if (S_ISDIR(mode))
                buffer_add_byte(text, '/');
        else if (S_ISLNK(mode)) {
                g_autofree char *target = content_read(new != 0 ? set->upper : set->lower, change->path, NULL);

                buffer_add_text(text, " -> ");
                buffer_add_escaped(text, target != NULL ? target : "?");
        } else if (!S_ISREG(mode))
                buffer_printf(text, "  (%s)", kind_of_file(mode));
        if (S_ISREG(mode))
                add_count(set, change, text);
        if (old != 0 && new != 0 && (old & S_IFMT) == (new &S_IFMT) && (old & 0777) != (new & 0777))
                buffer_printf(text, _("  mode %03o -> %03o"), old & 0777, new & 0777);
        if ((new &(S_ISUID | S_ISGID)) != 0 && !S_ISDIR(new))
                buffer_add_text(text, _("  setuid is not applied"));
        if (conflict != NULL)
                buffer_printf(text, _("  CONFLICT: %s"), conflict);
        if (change->protected != NULL)
                buffer_printf(text, _("  (run by the host: %s)"), protect_class_word(change->protected->class));
        buffer_add_byte(text, '\n');
}

void review_show_list(const ReviewSet *set, const ReviewChanges *changes, Buffer *ret_text)
{
        guint counts[_REVIEW_KIND_MAX] = { 0 }, conflicts = 0;

        for (guint i = 0; i < changes->all->len; i++) {
                const ReviewChange *change = changes->all->pdata[i];

                add_line(set, change, ret_text);
                counts[change->kind]++;
                conflicts += change->conflict != REVIEW_NO_CONFLICT ? 1 : 0;
        }
        buffer_add_escaped(ret_text, set->source);
        buffer_printf(ret_text, _(": %u added, %u changed, %u removed, %u renamed"), counts[REVIEW_ADDED],
                      counts[REVIEW_CHANGED], counts[REVIEW_DELETED], counts[REVIEW_RENAMED]);
        if (conflicts > 0)
                buffer_printf(ret_text, _(", %u in conflict"), conflicts);
        buffer_add_byte(ret_text, '\n');
        if (!changes->whole)
                buffer_add_text(ret_text, _("there are more changes than could be read\n"));
}

static void add_mode(Buffer *text, const char *name, mode_t mode)
{
        if (mode != 0)
                buffer_printf(text, ",\"%s\":\"%06o\"", name, mode);
}

void review_show_json(const ReviewSet *set, const ReviewChanges *changes, Buffer *ret_text)
{
        buffer_add_text(ret_text, "{\"id\":");
        buffer_add_json(ret_text, set->id);
        buffer_add_json_member(ret_text, "app", set->app);
        buffer_add_json_member(ret_text, "profile", *set->profile != '\0' ? set->profile : NULL);
        buffer_add_json_member(ret_text, "workspace", set->source);
        buffer_add_json_member(ret_text, "mode", set->copy ? "copy" : "overlay");
        buffer_printf(ret_text, ",\"running\":%s,\"complete\":%s,\"changes\":[", set->busy ? "true" : "false",
                      changes->whole ? "true" : "false");
        for (guint i = 0; i < changes->all->len; i++) {
                const ReviewChange *change = changes->all->pdata[i];
                static const char *const conflicts[] = { NULL, "changed", "added" };

                G_STATIC_ASSERT(G_N_ELEMENTS(conflicts) == _REVIEW_CONFLICT_MAX);
                buffer_add_text(ret_text, i > 0 ? ",{\"kind\":" : "{\"kind\":");
                buffer_add_json(ret_text, kind_words[change->kind]);
                buffer_add_json_member(ret_text, "path", change->path);
                if (change->from != NULL)
                        buffer_add_json_member(ret_text, "from", change->from);
                add_mode(ret_text, "old_mode", change->old.st_mode);
                add_mode(ret_text, "new_mode", change->new.st_mode);
                if (change->new.st_mode != 0)
                        buffer_printf(ret_text, ",\"size\":%lld", (long long)change->new.st_size);
                buffer_add_json_member(ret_text, "conflict", conflicts[change->conflict]);
                buffer_add_json_member(ret_text, "protected",
                                       change->protected != NULL ? protect_class_word(change->protected->class) : NULL);
                buffer_add_byte(ret_text, '}');
        }
        buffer_add_text(ret_text, "]}");
}
