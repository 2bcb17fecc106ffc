/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The git repository of a workspace, by what git itself reads to find it (gitrepository-layout(5)): never by running
 * git, which would do what these files say.  An app of an earlier run may have written what lies in the workspace, so a
 * directory outside it counts only if it names the workspace too. */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "facts/wanted.h"
#include "protect/protect.h"

enum {
        TEXT_MAX = 64 * 1024,
        MAX_DEPTH = 6, /* of a submodule's name, and of submodules in submodules */
        MAX_KEPT = 1000,
};

typedef struct Reading {
        Wanted *wanted;
        const char *workspace;
        GPtrArray *kept;
} Reading;

static char *read_text(const Reading *reading, const char *path)
{
        CLEANUP(fd_closep) int fd = -1;
        CLEANUP(freep) char *bytes = NULL;
        struct stat st;
        gsize n = 0;

        witnesses_path(reading->wanted->witnesses, path, WITNESS_CONTENT);
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
        if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || fd_read_all(fd, TEXT_MAX, &bytes, &n) < 0)
                return NULL;
        return g_strchomp(g_strndup(bytes, n));
}

static char *canonical(const Reading *reading, const char *path, const char *relative_to)
{
        g_autofree char *full = g_canonicalize_filename(path, relative_to);
        CLEANUP(freep) char *real = NULL;

        witnesses_path(reading->wanted->witnesses, full, WITNESS_PLACE);
        real = realpath(full, NULL);
        return g_strdup(real);
}

static gboolean exists(const Reading *reading, const char *path)
{
        struct stat st;

        witnesses_path(reading->wanted->witnesses, path, WITNESS_PLACE);
        return lstat(path, &st) == 0;
}

static gboolean is_directory(const Reading *reading, const char *path)
{
        struct stat st;

        witnesses_path(reading->wanted->witnesses, path, WITNESS_PLACE);
        return lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* What the planner looks at to keep it: the path, and each directory above it. */
static void add_kept(Reading *reading, const char *path)
{
        g_autofree char *above = g_path_get_dirname(path);

        if (reading->kept->len >= MAX_KEPT)
                return;
        facts_ask_path(reading->wanted, path);
        while (strlen(above) > 1) {
                char *next = g_path_get_dirname(above);

                if (host_facts_path(reading->wanted->facts, above) == NULL)
                        facts_ask_path(reading->wanted, above);
                g_free(above);
                above = next;
        }
        g_ptr_array_add(reading->kept, g_strdup(path));
}

static void add_names(Reading *reading, const char *git)
{
        for (gsize i = 0; protect_git_names[i] != NULL; i++) {
                g_autofree char *path = g_build_filename(git, protect_git_names[i], NULL);

                if (exists(reading, path))
                        add_kept(reading, path);
        }
}

/* Names of the directories in one; empty where there is none. */
static char **list(const Reading *reading, const char *path)
{
        g_autoptr(GStrvBuilder) names = g_strv_builder_new();
        DIR *directory;
        const struct dirent *entry;

        witnesses_path(reading->wanted->witnesses, path, WITNESS_CONTENT);
        directory = opendir(path);
        while (directory != NULL && (entry = readdir(directory)) != NULL)
                if (*entry->d_name != '.' && (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN))
                        g_strv_builder_add(names, entry->d_name);
        if (directory != NULL)
                (void)closedir(directory);
        return g_strv_builder_end(names);
}

/* "worktree = X" of a submodule's settings; NULL: not said. */
static char *read_worktree(const Reading *reading, const char *git)
{
        g_autofree char *path = g_build_filename(git, "config", NULL), *text = read_text(reading, path);
        g_auto(GStrv) lines = g_strsplit(text == NULL ? "" : text, "\n", -1);

        for (gsize i = 0; lines[i] != NULL; i++) {
                const char *line = g_strstrip(lines[i]);
                gsize n = strlen("worktree");

                if (!g_str_has_prefix(line, "worktree"))
                        continue;
                n += strspn(line + n, " \t");
                if (line[n] == '=')
                        return canonical(reading, g_strstrip(lines[i] + n + 1), git);
        }
        return NULL;
}

static gboolean is_below(const char *path, const char *top)
{
        gsize n = strlen(top);

        return strncmp(path, top, n) == 0 && path[n] == '/';
}

/* What leads from a working tree in the workspace to its git directory. */
static void add_link(Reading *reading, const char *path)
{
        if (path != NULL && is_below(path, reading->workspace) && exists(reading, path))
                add_kept(reading, path);
}

static void add_git(Reading *reading, const char *git, guint depth);

static void add_modules(Reading *reading, const char *path, guint depth)
{
        g_auto(GStrv) names = depth < MAX_DEPTH && is_directory(reading, path) ? list(reading, path) : NULL;

        for (gsize i = 0; names != NULL && names[i] != NULL; i++) {
                g_autofree char *below = g_build_filename(path, names[i], NULL);
                g_autofree char *head = g_build_filename(below, "HEAD", NULL);
                g_autofree char *tree = NULL, *link = NULL;

                if (!is_directory(reading, below))
                        continue;
                if (!exists(reading, head)) {
                        add_modules(reading, below, depth + 1);
                        continue;
                }
                add_git(reading, below, depth + 1);
                tree = read_worktree(reading, below);
                link = tree == NULL ? NULL : g_build_filename(tree, ".git", NULL);
                add_link(reading, link);
        }
}

/* A git directory with those of its other working trees and its submodules. */
static void add_git(Reading *reading, const char *git, guint depth)
{
        g_autofree char *worktrees = g_build_filename(git, "worktrees", NULL);
        g_autofree char *modules = g_build_filename(git, "modules", NULL);
        g_auto(GStrv) names = is_directory(reading, worktrees) ? list(reading, worktrees) : NULL;

        add_names(reading, git);
        for (gsize i = 0; names != NULL && names[i] != NULL; i++) {
                g_autofree char *below = g_build_filename(worktrees, names[i], NULL);
                g_autofree char *file = g_build_filename(below, "gitdir", NULL);
                g_autofree char *link = NULL;

                add_names(reading, below);
                link = read_text(reading, file);
                add_link(reading, link);
        }
        add_modules(reading, modules, depth);
}

/* Does the git directory say that it is of this working tree: a linked one's, or a submodule's? */
static gboolean names_back(const Reading *reading, const char *git, const char *link)
{
        g_autofree char *file = g_build_filename(git, "gitdir", NULL), *text = read_text(reading, file);
        g_autofree char *back = text == NULL ? NULL : canonical(reading, text, git);
        g_autofree char *tree = back == NULL ? read_worktree(reading, git) : NULL;

        return back != NULL ? g_str_equal(back, link) : g_strcmp0(tree, reading->workspace) == 0;
}

static char *find_common(const Reading *reading, const char *git)
{
        g_autofree char *file = g_build_filename(git, "commondir", NULL), *text = read_text(reading, file);
        g_autofree char *common = text == NULL ? NULL : canonical(reading, text, git);
        g_autofree char *worktrees = NULL;

        if (text == NULL)
                return g_strdup(git);
        /* Nothing else is a working tree's place. */
        worktrees = common == NULL ? NULL : g_build_filename(common, "worktrees", NULL);
        return worktrees != NULL && is_below(git, worktrees) ? g_steal_pointer(&common) : NULL;
}

void facts_ask_project(Wanted *wanted, const char *asked)
{
        g_autoptr(GPtrArray) kept = g_ptr_array_new_with_free_func(g_free);
        Reading reading = { .wanted = wanted, .kept = kept };
        g_autofree char *link = NULL, *text = NULL, *git = NULL, *common = NULL,
                        *real = canonical(&reading, asked, "/");
        const char *path = real;

        if (path == NULL)
                return;
        reading.workspace = path;
        link = g_build_filename(path, ".git", NULL);
        /* By the name that the planner will have for it, whatever it was asked by. */
        for (const ProtectRow *row = protect_table; row->path != NULL; row++) {
                g_autofree char *name = g_build_filename(path, row->path, NULL);

                if (row->grade == PROTECT_KEPT && *row->path != '*')
                        facts_ask_path(wanted, name);
        }
        if (is_directory(&reading, link)) {
                git = g_strdup(link);
        } else if (exists(&reading, link)) {
                add_kept(&reading, link);
                text = read_text(&reading, link);
                if (text == NULL) /* a symbolic link: to a directory of the workspace's own, or nothing is known */
                        git = canonical(&reading, link, path);
                else if (g_str_has_prefix(text, "gitdir: "))
                        git = canonical(&reading, text + strlen("gitdir: "), path);
                if (git != NULL && !is_below(git, path) && (text == NULL || !names_back(&reading, git, link)))
                        g_clear_pointer(&git, g_free);
        }
        common = git == NULL ? NULL : find_common(&reading, git);
        if (common == NULL)
                g_clear_pointer(&git, g_free);
        else {
                add_git(&reading, common, 0);
                if (!g_str_equal(git, common))
                        add_names(&reading, git);
        }
        g_ptr_array_add(kept, NULL);
        host_facts_add_project(wanted->facts, path, git, common, (const char *const *)kept->pdata);
}
