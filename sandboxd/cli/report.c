/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/report.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/i18n.h"
#include "profile/error.h"

void report_line(const char *sentence)
{
        g_autofree char *text = g_strdup(sentence);

        for (char *at = text; *at != '\0'; at++)
                if (((unsigned char)*at < ' ' && *at != '\n') || *at == 0x7f)
                        *at = '?';
        fprintf(stderr, "oriel: %s\n", g_strchomp(text));
}

void report_error(const GError *error)
{
        report_line(error->message);
}

gboolean report_text(Buffer *text, GError **error)
{
        int result = buffer_text(text) == NULL ? -ENOMEM : fd_write_all(STDOUT_FILENO, text->bytes, text->n);

        if (result == 0)
                return TRUE;
        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, _("standard output: %s"), g_strerror(-result));
        return FALSE;
}
