/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel: the command line. */

#include <locale.h>
#include <signal.h>

#include "base/i18n.h"
#include "cli/command.h"
#include "launch/stdio.h"

static void choose_language(void)
{
        g_autofree char *prefix = store_prefix(NULL);
        g_autofree char *catalogues = prefix != NULL ? g_build_filename(prefix, "share", "locale", NULL) : NULL;

        /* Nothing here is sorted, counted or dated by the language's rules, and each category is a file to open. */
        setlocale(LC_CTYPE, "");
        setlocale(LC_MESSAGES, "");
        if (catalogues != NULL)
                bindtextdomain(ORIEL_TEXT_DOMAIN, catalogues);
        bind_textdomain_codeset(ORIEL_TEXT_DOMAIN, "UTF-8");
        textdomain(ORIEL_TEXT_DOMAIN);
}

int main(int argc, char **argv)
{
        (void)argc;
        launch_guard_stdio();
        /* A caller that ignores it passes that on, and nobody could wait for a child. */
        (void)signal(SIGCHLD, SIG_DFL);
        choose_language();
        return command_main(argv);
}
