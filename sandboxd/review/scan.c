/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Theory: docs/theory/protected-files.md.  Each directory's names are listed once; only names that the table knows are
 * looked at further. */
#include "review/scan.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "protect/git-config.h"
#include "review/content.h"
#include "review/set.h"

enum { MAX_DEPTH = 300, MAX_FOUND = 10000 };

typedef struct Scan {
        const ReviewDuty *duty;
        const ReviewGuard *guard;
        GPtrArray *found;
} Scan;

static void found_free(gpointer data)
{
        ReviewFound *found = data;

        g_free(found->path);
        g_free(found);
}

static void add(Scan *scan, ReviewVerdict verdict, const char *path, ProtectClass class)
{
        ReviewFound *found;

        if (scan->found->len >= MAX_FOUND)
                return;
        found = g_new0(ReviewFound, 1);
        *found = (ReviewFound){ .verdict = verdict, .path = g_strdup(path), .class = class };
        g_ptr_array_add(scan->found, found);
}

static char *join(const char *above, const char *name)
{
        return *above == '\0' ? g_strdup(name) : g_strconcat(above, "/", name, NULL);
}

static gboolean was_kept(const Scan *scan, const char *path)
{
        g_autofree char *full = g_build_filename(scan->guard->path, path, NULL);

        return g_hash_table_contains(scan->guard->kept, full);
}

static gboolean is_new(const Scan *scan, const struct stat *st)
{
        /* The clock of file systems stands still for a few milliseconds at a time. */
        return review_ctime(st) >= scan->duty->since_ns;
}

static int open_directory(int dir, const char *name)
{
        return openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

typedef struct Name {
        char *name;
        gboolean maybe_directory;
} Name;

static void name_clear(gpointer data)
{
        g_free(((Name *)data)->name);
}

static GArray *list(int fd)
{
        GArray *names = g_array_new(FALSE, FALSE, sizeof(Name));
        int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *directory = copy < 0 ? NULL : fdopendir(copy);
        const struct dirent *entry;

        g_array_set_clear_func(names, name_clear);
        if (directory == NULL)
                (void)fd_close(copy);
        while (directory != NULL && (entry = readdir(directory)) != NULL) {
                Name name = { .maybe_directory = entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN };

                if (g_str_equal(entry->d_name, ".") || g_str_equal(entry->d_name, ".."))
                        continue;
                name.name = g_strdup(entry->d_name);
                g_array_append_val(names, name);
        }
        if (directory != NULL)
                (void)closedir(directory);
        return names;
}

static gboolean has_name(const GArray *names, const char *name)
{
        for (guint i = 0; i < names->len; i++)
                if (g_str_equal(g_array_index(names, Name, i).name, name))
                        return TRUE;
        return FALSE;
}

/* ---- Names of the table ---- */

static void scan_listed(Scan *scan, int dir, const char *name, const char *path, const ProtectRow *row, guint depth)
{
        ReviewVerdict verdict = row->grade == PROTECT_KEPT ? REVIEW_ASIDE : REVIEW_SHOWN;
        CLEANUP(fd_closep) int below = -1;
        struct stat st;

        if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return;
        if (was_kept(scan, path)) {
                if (is_new(scan, &st) && !S_ISDIR(st.st_mode))
                        add(scan, REVIEW_LOOK, path, row->class);
                return;
        }
        if (!S_ISDIR(st.st_mode)) {
                if (is_new(scan, &st))
                        add(scan, verdict, path, row->class);
                return;
        }
        if (content_birth_at(dir, name) >= scan->duty->since_ns) {
                add(scan, verdict, path, row->class);
                return;
        }
        below = open_directory(dir, name);
        if (below >= 0 && depth < MAX_DEPTH) {
                g_autoptr(GArray) names = list(below);

                for (guint i = 0; i < names->len; i++) {
                        g_autofree char *inner = join(path, g_array_index(names, Name, i).name);

                        scan_listed(scan, below, g_array_index(names, Name, i).name, inner, row, depth + 1);
                }
        }
}

/* ---- Git directories ---- */

static char *read_small(int dir, const char *name, gsize *ret_n)
{
        struct stat st;

        return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) ? content_read(dir, name, ret_n)
                                                                                        : NULL;
}

static gboolean is_harmless_config(int dir, const char *name)
{
        gsize n = 0;
        g_autofree char *text = read_small(dir, name, &n);

        return text != NULL && git_config_is_harmless(text, n);
}

/* The way from worktrees/NAME to what all share; no other is made by git. */
static gboolean is_harmless_commondir(int dir, const char *name, const char *path)
{
        g_autofree char *text = read_small(dir, name, NULL), *git = g_path_get_dirname(path);
        g_autofree char *above = g_path_get_dirname(git);

        return text != NULL && (g_str_has_suffix(above, "/worktrees") || g_str_equal(above, "worktrees")) &&
               g_str_equal(g_strchomp(text), "../..");
}

typedef enum GitName { GIT_CONFIG, GIT_HOOKS, GIT_COMMONDIR, GIT_GITDIR, GIT_INFO, GIT_ALTERNATES } GitName;

static const struct {
        const char *path;
        GitName what;
} git_names[] = {
        { "config", GIT_CONFIG },
        { "config.worktree", GIT_CONFIG },
        { "hooks", GIT_HOOKS },
        { "commondir", GIT_COMMONDIR },
        { "gitdir", GIT_GITDIR },
        { "info", GIT_INFO },
        { "objects/info/alternates", GIT_ALTERNATES },
        { "objects/info/http-alternates", GIT_ALTERNATES },
};

/* Of a directory of small files: is that one nothing to git's host? */
static gboolean is_harmless_in(GitName what, const char *name)
{
        static const char *const info[] = { "exclude", "refs", "sparse-checkout", "packs", "commit-graph" };

        if (what == GIT_HOOKS)
                return g_str_has_suffix(name, ".sample");
        for (gsize i = 0; i < G_N_ELEMENTS(info); i++)
                if (g_str_equal(name, info[i]))
                        return TRUE;
        return FALSE;
}

static void scan_git_directory(Scan *scan, int dir, const char *name, const char *path, GitName what)
{
        CLEANUP(fd_closep) int below = open_directory(dir, name);
        g_autoptr(GArray) names = below < 0 ? NULL : list(below);

        for (guint i = 0; names != NULL && i < names->len; i++) {
                const char *entry = g_array_index(names, Name, i).name;
                g_autofree char *inner = join(path, entry);
                struct stat st;

                if (!is_harmless_in(what, entry) && fstatat(below, entry, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
                    is_new(scan, &st) && !was_kept(scan, inner))
                        add(scan, REVIEW_ASIDE, inner, PROTECT_GIT);
        }
}

static void scan_git_name(Scan *scan, int git, const char *above, guint i)
{
        g_autofree char *path = join(above, git_names[i].path);
        gboolean harmless = FALSE;
        struct stat st;

        if (fstatat(git, git_names[i].path, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return;
        if (was_kept(scan, path)) {
                if (is_new(scan, &st) && S_ISREG(st.st_mode) && !is_harmless_config(git, git_names[i].path))
                        add(scan, REVIEW_LOOK, path, PROTECT_GIT);
                return;
        }
        if (S_ISDIR(st.st_mode)) {
                scan_git_directory(scan, git, git_names[i].path, path, git_names[i].what);
                return;
        }
        if (!is_new(scan, &st))
                return;
        if (git_names[i].what == GIT_CONFIG)
                harmless = is_harmless_config(git, git_names[i].path);
        else if (git_names[i].what == GIT_COMMONDIR)
                harmless = is_harmless_commondir(git, git_names[i].path, path);
        else if (git_names[i].what == GIT_GITDIR)
                harmless = S_ISREG(st.st_mode); /* only ever names the working tree that `git worktree` lists */
        if (!harmless)
                add(scan, REVIEW_ASIDE, path, PROTECT_GIT);
}

static void scan_git(Scan *scan, int git, const char *path, guint depth);

/* worktrees/NAME, and modules/NAME, whose names may have slashes. */
static void scan_git_below(Scan *scan, int git, const char *name, const char *above, guint depth)
{
        CLEANUP(fd_closep) int all = open_directory(git, name);
        g_autoptr(GArray) names = all < 0 || depth > MAX_DEPTH ? NULL : list(all);

        for (guint i = 0; names != NULL && i < names->len; i++) {
                const char *entry = g_array_index(names, Name, i).name;
                CLEANUP(fd_closep) int below = open_directory(all, entry);
                g_autofree char *path = join(above, entry);

                if (below < 0)
                        continue;
                if (faccessat(below, "HEAD", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                        scan_git(scan, below, path, depth + 1);
                else
                        scan_git_below(scan, all, entry, path, depth + 1);
        }
}

static void scan_git(Scan *scan, int git, const char *path, guint depth)
{
        g_autofree char *worktrees = join(path, "worktrees"), *modules = join(path, "modules");

        for (guint i = 0; i < G_N_ELEMENTS(git_names); i++)
                scan_git_name(scan, git, path, i);
        scan_git_below(scan, git, "worktrees", worktrees, depth);
        scan_git_below(scan, git, "modules", modules, depth);
}

/* A file ".git" as `git worktree add` makes it: to a git directory that is looked at itself. */
static gboolean is_harmless_gitfile(const Scan *scan, int dir)
{
        g_autofree char *text = read_small(dir, ".git", NULL);
        CLEANUP(freep) char *real = NULL;

        if (text == NULL || !g_str_has_prefix(text, "gitdir: /"))
                return FALSE;
        real = realpath(g_strchomp(text) + strlen("gitdir: "), NULL);
        for (guint i = 0; real != NULL && i < scan->duty->guards->len; i++) {
                const ReviewGuard *guard = scan->duty->guards->pdata[i];
                g_autofree char *own = g_build_filename(guard->path, ".git/worktrees/", NULL);
                g_autofree char *other = g_build_filename(guard->path, "worktrees/", NULL);

                if (g_str_has_prefix(real, own) || g_str_has_prefix(real, other))
                        return TRUE;
        }
        return FALSE;
}

static void scan_dot_git(Scan *scan, int dir, const char *path, guint depth)
{
        CLEANUP(fd_closep) int git = -1;
        struct stat st;

        if (fstatat(dir, ".git", &st, AT_SYMLINK_NOFOLLOW) < 0)
                return;
        if (S_ISDIR(st.st_mode)) {
                git = open_directory(dir, ".git");
                if (git >= 0)
                        scan_git(scan, git, path, depth);
        } else if (is_new(scan, &st) && !was_kept(scan, path) && !is_harmless_gitfile(scan, dir))
                add(scan, REVIEW_ASIDE, path, PROTECT_GIT);
}

/* ---- The tree ---- */

static void scan_directory(Scan *scan, int fd, const char *path, guint depth)
{
        g_autoptr(GArray) names = list(fd);
        gboolean git = (scan->guard->classes & 1u << PROTECT_GIT) != 0;

        /* A bare repository: git takes any directory that looks so for one. */
        if (git && has_name(names, "HEAD") && has_name(names, "objects") && has_name(names, "refs"))
                scan_git(scan, fd, path, depth);
        for (guint i = 0; i < names->len; i++) {
                const Name *name = &g_array_index(names, Name, i);
                g_autofree char *below = join(path, name->name);
                const ProtectRow *row;

                if (g_str_equal(name->name, ".git")) {
                        if (git)
                                scan_dot_git(scan, fd, below, depth);
                        continue;
                }
                row = protect_find(below, scan->guard->classes);
                if (row != NULL)
                        scan_listed(scan, fd, name->name, below, row, depth);
                else if (name->maybe_directory && depth < MAX_DEPTH) {
                        CLEANUP(fd_closep) int inner = open_directory(fd, name->name);

                        if (inner >= 0)
                                scan_directory(scan, inner, below, depth + 1);
                }
        }
}

static int compare_found(gconstpointer a, gconstpointer b)
{
        const ReviewFound *const *first = a, *const *second = b;

        return strcmp((*first)->path, (*second)->path);
}

GPtrArray *review_scan(const ReviewDuty *duty, const ReviewGuard *guard, int fd)
{
        Scan scan = { .duty = duty, .guard = guard, .found = g_ptr_array_new_with_free_func(found_free) };

        scan_directory(&scan, fd, "", 0);
        g_ptr_array_sort(scan.found, compare_found);
        return scan.found;
}
