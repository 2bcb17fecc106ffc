/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "facts/command.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "facts/ask.h"

enum { LINE_MAX_BYTES = 256 }; /* execve(2): BINPRM_BUF_SIZE */

char *facts_find_program(Witnesses *witnesses, const char *name, const char *search)
{
        g_auto(GStrv) directories = g_strsplit(search, ":", -1);

        for (gsize i = 0; directories[i] != NULL; i++) {
                g_autofree char *path = *directories[i] == '/' ? g_build_filename(directories[i], name, NULL) : NULL;
                struct stat st;

                if (path != NULL)
                        witnesses_path(witnesses, path, WITNESS_CONTENT);
                if (path != NULL && stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0)
                        return g_steal_pointer(&path);
        }
        return NULL;
}

char *facts_interpreter(const char *text)
{
        g_autofree char *line = NULL;
        g_auto(GStrv) words = NULL;

        if (!g_str_has_prefix(text, "#!"))
                return NULL;
        line = g_strndup(text + 2, strcspn(text + 2, "\n\r"));
        words = g_strsplit_set(g_strstrip(line), " \t", -1);
        if (words[0] == NULL || *words[0] != '/')
                return NULL;
        if (!g_str_has_suffix(words[0], "/env"))
                return g_strdup(words[0]);
        /* env -S node --x, env A=b node */
        for (gsize i = 1; words[i] != NULL; i++)
                if (*words[i] != '\0' && *words[i] != '-' && strchr(words[i], '=') == NULL)
                        return g_strdup(words[i]);
        return NULL;
}

static char *first_line(Witnesses *witnesses, const char *path)
{
        CLEANUP(fd_closep) int fd = -1;
        char bytes[LINE_MAX_BYTES + 1] = "";
        ssize_t n;

        witnesses_path(witnesses, path, WITNESS_CONTENT);
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        n = fd < 0 ? -1 : read(fd, bytes, LINE_MAX_BYTES);
        return n < 0 ? NULL : g_strndup(bytes, strnlen(bytes, (gsize)n));
}

static gboolean is_in_venv(Witnesses *witnesses, const char *interpreter)
{
        g_autofree char *bin = g_path_get_dirname(interpreter), *above = g_path_get_dirname(bin);
        g_autofree char *mark = g_build_filename(above, "pyvenv.cfg", NULL);

        witnesses_path(witnesses, mark, WITNESS_PLACE);
        return access(mark, F_OK) == 0;
}

void facts_ask_command(HostFacts *facts, Witnesses *witnesses, const char *written, const char *search)
{
        g_autofree char *found = *written == '/' ? g_strdup(written) : facts_find_program(witnesses, written, search);
        g_autofree char *path = found == NULL ? NULL : facts_canonical(witnesses, found);
        g_autofree char *line = path == NULL ? NULL : first_line(witnesses, path);
        g_autofree char *asked = line == NULL ? NULL : facts_interpreter(line), *interpreter = NULL;

        if (path == NULL)
                return;
        if (asked != NULL)
                interpreter = *asked == '/' ? g_strdup(asked) : facts_find_program(witnesses, asked, search);
        host_facts_add_command(facts, written, path, interpreter,
                               interpreter != NULL && is_in_venv(witnesses, interpreter));
}
