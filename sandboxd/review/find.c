/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which sets a word means. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/i18n.h"
#include "ids/instance-id.h"
#include "review/set.h"
#include "store/text.h"

static gboolean is_id(const ReviewSet *set, const char *word)
{
        return g_str_equal(set->id, word);
}

static gboolean is_app(const ReviewSet *set, const char *word)
{
        const char *dot = strrchr(set->app, '.'), *slash = strrchr(set->profile, '/');

        return g_ascii_strcasecmp(set->app, word) == 0 || g_ascii_strcasecmp(set->profile, word) == 0 ||
               (dot != NULL && g_ascii_strcasecmp(dot + 1, word) == 0) ||
               (slash != NULL && g_ascii_strcasecmp(slash + 1, word) == 0);
}

static gboolean is_workspace(const ReviewSet *set, const char *word)
{
        CLEANUP(freep) char *real = strchr(word, '/') != NULL || g_str_equal(word, ".") ? realpath(word, NULL) : NULL;

        return real != NULL ? g_str_equal(set->source, real) : g_str_equal(set->source, word);
}

/* All of one instance? */
static gboolean are_one(const GPtrArray *sets)
{
        for (guint i = 1; i < sets->len; i++)
                if (!g_str_equal(((const ReviewSet *)sets->pdata[i])->id, ((const ReviewSet *)sets->pdata[0])->id))
                        return FALSE;
        return TRUE;
}

static void set_several(GError **error, const char *word, const GPtrArray *sets)
{
        g_autoptr(GString) ids = g_string_new(NULL);
        g_autofree char *shown = store_text_escape(word);

        for (guint i = 0; i < sets->len; i++)
                g_string_append_printf(ids, "%s%s", i > 0 ? ", " : "", ((const ReviewSet *)sets->pdata[i])->id);
        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_USAGE,
                    _("%s: fits the changes of several runs\nName one by its id: %s"), shown, ids->str);
}

GPtrArray *review_sets_find(StoreDirs *dirs, const char *word, GError **error)
{
        static gboolean (*const steps[])(const ReviewSet *, const char *) = { is_id, is_app, is_workspace };
        g_autoptr(GPtrArray) all = review_sets_list(dirs, error);
        g_autofree char *shown = store_text_escape(word);

        for (gsize step = 0; all != NULL && step < G_N_ELEMENTS(steps); step++) {
                g_autoptr(GPtrArray) fit = g_ptr_array_new_with_free_func((GDestroyNotify)review_set_free);

                for (guint i = 0; i < all->len;)
                        if (steps[step](all->pdata[i], word))
                                g_ptr_array_add(fit, g_ptr_array_steal_index(all, i));
                        else
                                i++;
                if (fit->len > 0 && !are_one(fit)) {
                        set_several(error, word, fit);
                        return NULL;
                }
                if (fit->len > 0)
                        return g_steal_pointer(&fit);
        }
        if (all != NULL)
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND,
                            _("%s: no changes of such a run are kept\n\"oriel diff\" lists those that are."), shown);
        return NULL;
}
