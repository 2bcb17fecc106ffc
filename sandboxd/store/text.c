/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/text.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/i18n.h"
#include "base/own.h"
#include "profile/error.h"

char *store_text_escape(const char *untrusted_text)
{
        CLEANUP(buffer_clear) Buffer buffer = BUFFER_INIT;
        const char *text = NULL;

        buffer_add_escaped(&buffer, untrusted_text);
        text = buffer_text(&buffer);
        return g_strdup(text != NULL ? text : "?");
}

static gboolean refuse(GError **error, int code, const char *path, const char *why)
{
        g_autofree char *shown = store_text_escape(path);

        g_set_error(error, ORIEL_ERROR, code, "%s: %s", shown, why);
        return FALSE;
}

gboolean store_text_set_error(GError **error, const char *path, int r)
{
        switch (r) {
        case -ENOENT:
                return refuse(error, ORIEL_ERROR_NOT_FOUND, path, _("does not exist"));
        case -ELOOP:
                return refuse(error, ORIEL_ERROR_INVALID, path, _("is a symbolic link: not read"));
        case -EFBIG:
                return refuse(error, ORIEL_ERROR_INVALID, path, _("is too large"));
        case OWN_KIND:
                return refuse(error, ORIEL_ERROR_INVALID, path, _("is not a regular file"));
        case OWN_FOREIGN:
                return refuse(error, ORIEL_ERROR_INVALID, path, _("belongs to another user: not read"));
        case OWN_WRITABLE:
                return refuse(error, ORIEL_ERROR_INVALID, path, _("everyone may write to it: not read"));
        default:
                return refuse(error, ORIEL_ERROR_INVALID, path, g_strerror(-r));
        }
}

gboolean store_text_read_at(int at,
                            const char *name,
                            const char *path,
                            gint64 owner,
                            gsize max,
                            char **ret_text,
                            gsize *ret_n,
                            GError **error)
{
        CLEANUP(freep) char *bytes = NULL;
        size_t n = 0;
        int r = own_file_read(&bytes, &n, at, name, owner, max);

        if (r != 0)
                return store_text_set_error(error, path, r);
        *ret_text = g_malloc(n + 1);
        memcpy(*ret_text, bytes, n + 1);
        if (ret_n != NULL)
                *ret_n = n;
        return TRUE;
}

char *store_text_digest(guint n, ...)
{
        g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
        va_list texts;

        va_start(texts, n);
        for (const char *text = va_arg(texts, const char *); text != NULL; text = va_arg(texts, const char *))
                g_checksum_update(sum, (const guchar *)text, (gssize)strlen(text) + 1);
        va_end(texts);
        return g_strndup(g_checksum_get_string(sum), n);
}
