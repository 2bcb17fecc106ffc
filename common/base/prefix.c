/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/prefix.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"

int prefix_executable(char ret_path[PREFIX_SIZE])
{
        ssize_t n = readlink("/proc/self/exe", ret_path, PREFIX_SIZE - 1);

        if (n < 0)
                return -errno;
        if (n == PREFIX_SIZE - 1)
                return -ENAMETOOLONG;
        ret_path[n] = '\0';
        return 0;
}

int prefix_find(char ret_prefix[PREFIX_SIZE])
{
        static const char *const places[] = { "/bin/", "/libexec/oriel/" };
        int r = prefix_executable(ret_prefix);
        char *slash = r == 0 ? strrchr(ret_prefix, '/') : NULL;

        if (slash == NULL)
                return r < 0 ? r : -ENOENT;
        for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
                size_t n = strlen(places[i]);
                char *place = slash + 1 - n;

                if ((size_t)(slash + 1 - ret_prefix) < n || memcmp(place, places[i], n) != 0)
                        continue;
                *place = '\0';
                return 0;
        }
        return -ENOENT;
}

void prefix_choose_language(const char *prefix)
{
        char catalogues[PREFIX_SIZE];

        /* Nothing here is sorted, counted or dated by the language's rules, and each category is a file to open. */
        (void)setlocale(LC_CTYPE, "");
        (void)setlocale(LC_MESSAGES, "");
        if (snprintf(catalogues, sizeof catalogues, "%s/share/locale", prefix) < (int)sizeof catalogues)
                (void)bindtextdomain(ORIEL_TEXT_DOMAIN, catalogues);
        (void)bind_textdomain_codeset(ORIEL_TEXT_DOMAIN, "UTF-8");
        (void)textdomain(ORIEL_TEXT_DOMAIN);
}
