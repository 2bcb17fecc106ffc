/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "protect/git-config.h"

#include <string.h>

enum { NAME_MAX_BYTES = 64 };

/* SECTION.KEY, small letters; '*' for any key.  What is missing here is not harmless: core.fsmonitor, hooksPath,
 * sshCommand, editor, pager, gitProxy; include, alias, filter, diff, merge, credential, url, uploadpack, receivepack,
 * ... */
static const char *const harmless[] = {
        "core.repositoryformatversion",
        "core.filemode",
        "core.bare",
        "core.logallrefupdates",
        "core.ignorecase",
        "core.precomposeunicode",
        "core.symlinks",
        "core.autocrlf",
        "core.eol",
        "core.safecrlf",
        "core.sharedrepository",
        "core.quotepath",
        "core.compression",
        "user.name",
        "user.email",
        "author.name",
        "author.email",
        "committer.name",
        "committer.email",
        "init.defaultbranch",
        "branch.remote",
        "branch.merge",
        "branch.rebase",
        "branch.description",
        "branch.pushremote",
        "remote.url",
        "remote.pushurl",
        "remote.fetch",
        "remote.push",
        "remote.tagopt",
        "remote.prune",
        "remote.mirror",
        "remote.promisor",
        "remote.partialclonefilter",
        "submodule.url",
        "submodule.active",
        "submodule.branch",
        "pull.rebase",
        "pull.ff",
        "push.default",
        "fetch.prune",
        "gc.auto",
        "extensions.objectformat",
        "extensions.refstorage",
        "extensions.partialclone",
        "advice.*",
};

typedef struct Name {
        char text[NAME_MAX_BYTES];
        size_t n;
} Name;

static bool is_word(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

static bool add_word(Name *name, const char **at, const char *end)
{
        size_t before = name->n;

        for (; *at < end && is_word(**at); (*at)++) {
                if (name->n + 1 >= sizeof name->text)
                        return false;
                name->text[name->n++] = **at >= 'A' && **at <= 'Z' ? (char)(**at - 'A' + 'a') : **at;
        }
        name->text[name->n] = '\0';
        return name->n > before;
}

static void skip_blanks(const char **at, const char *end)
{
        while (*at < end && (**at == ' ' || **at == '\t'))
                (*at)++;
}

/* [section] or [section "sub"], alone on its line. */
static bool take_section(Name *section, const char *at, const char *end)
{
        section->n = 0;
        at++;
        if (!add_word(section, &at, end))
                return false;
        skip_blanks(&at, end);
        if (at < end && *at == '"') {
                for (at++; at < end && *at != '"'; at++)
                        if (*at == '\\' || *at == '\0')
                                return false;
                if (at++ == end)
                        return false;
        }
        if (at == end || *at++ != ']')
                return false;
        skip_blanks(&at, end);
        return at == end;
}

static bool is_on_list(const Name *name)
{
        for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++) {
                size_t n = strlen(harmless[i]);

                if (harmless[i][n - 1] == '*' ? strncmp(name->text, harmless[i], n - 1) == 0
                                              : strcmp(name->text, harmless[i]) == 0)
                        return true;
        }
        return false;
}

/* An address whose transport is built in: "ext::command" and other helpers run programs, and '-' begins an option. */
static bool is_plain_value(const char *at, const char *end)
{
        if (at < end && *at == '-')
                return false;
        for (const char *p = at; p < end; p++)
                if (*p == '\\' || *p == '"' || *p == '!' || *p == '\0' || (*p == ':' && p + 1 < end && p[1] == ':'))
                        return false;
        return true;
}

static bool take_key(const Name *section, const char *at, const char *end)
{
        Name name = *section;

        if (name.n == 0 || name.n + 2 >= sizeof name.text)
                return false;
        name.text[name.n++] = '.';
        if (!add_word(&name, &at, end) || !is_on_list(&name))
                return false;
        skip_blanks(&at, end);
        if (at == end)
                return true;
        if (*at++ != '=')
                return false;
        skip_blanks(&at, end);
        return is_plain_value(at, end);
}

bool git_config_is_harmless(const char *untrusted_text, size_t n)
{
        const char *at = untrusted_text, *stop = untrusted_text + n;
        Name section = { .n = 0 };

        while (at < stop) {
                const char *end = memchr(at, '\n', (size_t)(stop - at)), *line = at, *last;

                end = end == NULL ? stop : end;
                at = end < stop ? end + 1 : stop;
                last = end > line && end[-1] == '\r' ? end - 1 : end;
                skip_blanks(&line, last);
                if (line == last || *line == '#' || *line == ';') {
                        /* A comment goes on in the next line for no version of git. */
                        if (line < last && memchr(line, '\0', (size_t)(last - line)) != NULL)
                                return false;
                        continue;
                }
                if (*line == '[' ? !take_section(&section, line, last) : !take_key(&section, line, last))
                        return false;
        }
        return true;
}
