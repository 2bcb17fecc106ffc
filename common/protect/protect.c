/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "protect/protect.h"

#include <string.h>

const ProtectRow protect_table[] = {
        /* ---- What git reads beside its own directory ---- */
        { ".gitmodules", PROTECT_GIT, PROTECT_SHOWN },    /* other repositories to fetch */
        { ".gitattributes", PROTECT_GIT, PROTECT_SHOWN }, /* which of the filters in its settings to run */

        /* ---- Editors: tasks, launchers, interpreters, code of the directory ---- */
        { ".vscode", PROTECT_EDITOR, PROTECT_KEPT },
        { "*.code-workspace", PROTECT_EDITOR, PROTECT_KEPT },
        { ".idea", PROTECT_EDITOR, PROTECT_KEPT },
        { ".fleet", PROTECT_EDITOR, PROTECT_KEPT },
        { ".zed", PROTECT_EDITOR, PROTECT_KEPT },
        { "*.sublime-project", PROTECT_EDITOR, PROTECT_KEPT },
        { ".vimrc", PROTECT_EDITOR, PROTECT_KEPT },
        { ".exrc", PROTECT_EDITOR, PROTECT_KEPT },
        { ".gvimrc", PROTECT_EDITOR, PROTECT_KEPT },
        { ".nvimrc", PROTECT_EDITOR, PROTECT_KEPT },
        { ".nvim.lua", PROTECT_EDITOR, PROTECT_KEPT },
        { ".lvimrc", PROTECT_EDITOR, PROTECT_KEPT },
        { ".dir-locals.el", PROTECT_EDITOR, PROTECT_KEPT },
        { ".dir-locals-2.el", PROTECT_EDITOR, PROTECT_KEPT },
        { ".gdbinit", PROTECT_EDITOR, PROTECT_KEPT },
        { ".lldbinit", PROTECT_EDITOR, PROTECT_KEPT },
        { ".devcontainer", PROTECT_EDITOR, PROTECT_KEPT },

        /* ---- Coding agents: hooks, permissions, servers that they start ---- */
        { ".claude", PROTECT_AGENT, PROTECT_KEPT },
        { ".mcp.json", PROTECT_AGENT, PROTECT_KEPT },
        { ".codex", PROTECT_AGENT, PROTECT_KEPT },
        { ".gemini", PROTECT_AGENT, PROTECT_KEPT },
        { ".cursor", PROTECT_AGENT, PROTECT_KEPT },
        { ".windsurf", PROTECT_AGENT, PROTECT_KEPT },
        { ".opencode", PROTECT_AGENT, PROTECT_KEPT },
        { "opencode.json", PROTECT_AGENT, PROTECT_KEPT },
        { "opencode.jsonc", PROTECT_AGENT, PROTECT_KEPT },
        { ".aider.conf.yml", PROTECT_AGENT, PROTECT_KEPT },
        { ".continue", PROTECT_AGENT, PROTECT_KEPT },
        { ".agents", PROTECT_AGENT, PROTECT_KEPT },
        { "AGENTS.md", PROTECT_AGENT, PROTECT_SHOWN },
        { "CLAUDE.md", PROTECT_AGENT, PROTECT_SHOWN },
        { "CLAUDE.local.md", PROTECT_AGENT, PROTECT_SHOWN },
        { "GEMINI.md", PROTECT_AGENT, PROTECT_SHOWN },
        { ".cursorrules", PROTECT_AGENT, PROTECT_SHOWN },
        { ".github/copilot-instructions.md", PROTECT_AGENT, PROTECT_SHOWN },

        /* ---- Shells, and what they ask in each directory ---- */
        { ".envrc", PROTECT_SHELL, PROTECT_KEPT },
        { ".direnvrc", PROTECT_SHELL, PROTECT_KEPT },
        { ".mise.toml", PROTECT_SHELL, PROTECT_KEPT },
        { "mise.toml", PROTECT_SHELL, PROTECT_KEPT },
        { ".autoenv", PROTECT_SHELL, PROTECT_KEPT },
        { ".autoenv.zsh", PROTECT_SHELL, PROTECT_KEPT },
        { ".bashrc", PROTECT_SHELL, PROTECT_KEPT },
        { ".bash_profile", PROTECT_SHELL, PROTECT_KEPT },
        { ".bash_login", PROTECT_SHELL, PROTECT_KEPT },
        { ".profile", PROTECT_SHELL, PROTECT_KEPT },
        { ".zshrc", PROTECT_SHELL, PROTECT_KEPT },
        { ".zshenv", PROTECT_SHELL, PROTECT_KEPT },
        { ".zprofile", PROTECT_SHELL, PROTECT_KEPT },
        { ".zlogin", PROTECT_SHELL, PROTECT_KEPT },
        { ".inputrc", PROTECT_SHELL, PROTECT_KEPT },
        { ".env", PROTECT_SHELL, PROTECT_SHOWN },

        /* ---- Builds: what package managers and hooks run unasked ---- */
        { ".npmrc", PROTECT_BUILD, PROTECT_KEPT },
        { ".yarnrc", PROTECT_BUILD, PROTECT_KEPT },
        { ".yarnrc.yml", PROTECT_BUILD, PROTECT_KEPT },
        { ".pnpmfile.cjs", PROTECT_BUILD, PROTECT_KEPT },
        { ".cargo", PROTECT_BUILD, PROTECT_KEPT },
        { ".husky", PROTECT_BUILD, PROTECT_KEPT },
        { ".pre-commit-config.yaml", PROTECT_BUILD, PROTECT_KEPT },
        { "lefthook.yml", PROTECT_BUILD, PROTECT_KEPT },
        { ".lefthook.yml", PROTECT_BUILD, PROTECT_KEPT },
        { ".bazelrc", PROTECT_BUILD, PROTECT_KEPT },

        /* ---- Builds that a person starts ---- */
        { "Makefile", PROTECT_BUILD, PROTECT_SHOWN },
        { "makefile", PROTECT_BUILD, PROTECT_SHOWN },
        { "GNUmakefile", PROTECT_BUILD, PROTECT_SHOWN },
        { "CMakeLists.txt", PROTECT_BUILD, PROTECT_SHOWN },
        { "meson.build", PROTECT_BUILD, PROTECT_SHOWN },
        { "configure", PROTECT_BUILD, PROTECT_SHOWN },
        { "package.json", PROTECT_BUILD, PROTECT_SHOWN },
        { "pyproject.toml", PROTECT_BUILD, PROTECT_SHOWN },
        { "setup.py", PROTECT_BUILD, PROTECT_SHOWN },
        { "conftest.py", PROTECT_BUILD, PROTECT_SHOWN },
        { "noxfile.py", PROTECT_BUILD, PROTECT_SHOWN },
        { "tox.ini", PROTECT_BUILD, PROTECT_SHOWN },
        { "build.rs", PROTECT_BUILD, PROTECT_SHOWN },
        { "Cargo.toml", PROTECT_BUILD, PROTECT_SHOWN },
        { "build.gradle", PROTECT_BUILD, PROTECT_SHOWN },
        { "build.gradle.kts", PROTECT_BUILD, PROTECT_SHOWN },
        { "gradlew", PROTECT_BUILD, PROTECT_SHOWN },
        { "pom.xml", PROTECT_BUILD, PROTECT_SHOWN },
        { "Rakefile", PROTECT_BUILD, PROTECT_SHOWN },
        { "Gemfile", PROTECT_BUILD, PROTECT_SHOWN },
        { "justfile", PROTECT_BUILD, PROTECT_SHOWN },
        { "Justfile", PROTECT_BUILD, PROTECT_SHOWN },
        { "Taskfile.yml", PROTECT_BUILD, PROTECT_SHOWN },
        { "Dockerfile", PROTECT_BUILD, PROTECT_SHOWN },
        { "docker-compose.yml", PROTECT_BUILD, PROTECT_SHOWN },
        { "compose.yaml", PROTECT_BUILD, PROTECT_SHOWN },
        { "flake.nix", PROTECT_BUILD, PROTECT_SHOWN },
        { "shell.nix", PROTECT_BUILD, PROTECT_SHOWN },
        { "debian/rules", PROTECT_BUILD, PROTECT_SHOWN },
        { ".gitlab-ci.yml", PROTECT_BUILD, PROTECT_SHOWN },
        { ".github/workflows", PROTECT_BUILD, PROTECT_SHOWN },
        { NULL, PROTECT_GIT, PROTECT_SHOWN },
};

/* A git directory itself, and what leads elsewhere in it. */
const ProtectRow protect_git_directory = { ".git", PROTECT_GIT, PROTECT_KEPT };

const char *const protect_git_names[] = {
        "config",                  /* its keys name programs: fsmonitor, hooksPath, sshCommand, filters, aliases */
        "config.worktree",         /* the same, of one working tree */
        "hooks",                   /* programs */
        "commondir",               /* where all else is looked for */
        "gitdir",                  /* the way back from worktrees/NAME */
        "info",                    /* attributes, which filters to run; grafts */
        "objects/info/alternates", /* where more objects are read */
        "objects/info/http-alternates",
        NULL,
};

static const char *const class_words[] = {
        [PROTECT_GIT] = "git",     [PROTECT_EDITOR] = "editor", [PROTECT_AGENT] = "agent",
        [PROTECT_SHELL] = "shell", [PROTECT_BUILD] = "build",
};
_Static_assert(sizeof class_words == _PROTECT_CLASS_MAX * sizeof *class_words, "a word is missing");

const char *protect_class_word(ProtectClass class)
{
        return (size_t) class < _PROTECT_CLASS_MAX ? class_words[class] : NULL;
}

uint32_t protect_class_of(const char *word, size_t n)
{
        for (unsigned i = 0; i < _PROTECT_CLASS_MAX; i++)
                if (strlen(class_words[i]) == n && memcmp(class_words[i], word, n) == 0)
                        return 1u << i;
        return 0;
}

/* What follows name in path, with its slash or "" at its end; NULL where path does not begin with it. */
static const char *after(const char *path, const char *name)
{
        size_t n = strlen(name);

        return strncmp(path, name, n) == 0 && (path[n] == '/' || path[n] == '\0') ? path + n : NULL;
}

static const char *next_name(const char *path)
{
        const char *slash = strchr(path, '/');

        return slash == NULL ? NULL : slash + 1;
}

bool protect_is_git_name(const char *path)
{
        bool in_modules = false;

        while (path != NULL && *path != '\0') {
                const char *rest = after(path, "worktrees");

                for (const char *const *name = protect_git_names; *name != NULL; name++)
                        if (after(path, *name) != NULL)
                                return true;
                if (rest != NULL && *rest == '/')
                        path = next_name(rest + 1); /* behind worktrees/NAME/ */
                else if (in_modules || after(path, "modules") != NULL) {
                        /* A submodule's name may have slashes: any directory there may be one.  But what a git
                         * directory has many of is named by others. */
                        if (in_modules && (after(path, "refs") != NULL || after(path, "logs") != NULL ||
                                           after(path, "objects") != NULL))
                                return false;
                        in_modules = true;
                        path = next_name(path);
                } else
                        return false;
        }
        return false;
}

static bool fits(const char *path, const char *pattern)
{
        size_t n = strcspn(path, "/"), n_end;

        if (*pattern != '*')
                return after(path, pattern) != NULL;
        n_end = strlen(pattern + 1);
        return n > n_end && memcmp(path + n - n_end, pattern + 1, n_end) == 0;
}

const ProtectRow *protect_find(const char *path, uint32_t classes)
{
        for (const char *at = path; at != NULL; at = next_name(at)) {
                const char *rest = after(at, ".git");

                if (rest != NULL) {
                        if ((classes & 1u << PROTECT_GIT) != 0 && (*rest == '\0' || protect_is_git_name(rest + 1)))
                                return &protect_git_directory;
                        return NULL;
                }
                for (const ProtectRow *row = protect_table; row->path != NULL; row++)
                        if ((classes & 1u << row->class) != 0 && fits(at, row->path))
                                return row;
        }
        return NULL;
}
