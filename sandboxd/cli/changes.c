/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/changes.h"

#include <string.h>

#include "base/i18n.h"
#include "store/text.h"

/* The path below the set's workspace that an argument names; NULL: it lies elsewhere. */
static char *below(const ReviewSet *set, const char *argument)
{
        g_autofree char *plain = g_canonicalize_filename(argument, set->source);
        gsize n = strlen(set->source);

        if (!review_is_at_or_below(plain, set->source))
                return NULL;
        return g_strdup(plain[n] == '/' ? plain + n + 1 : "");
}

gboolean changes_is_named(const ReviewSet *set, const char *path, gconstpointer data)
{
        const Options *options = data;

        for (guint i = 1; i < options->n_args; i++) {
                g_autofree char *top = below(set, options->args[i]);

                if (top != NULL && review_is_at_or_below(path, top))
                        return TRUE;
        }
        return options->n_args <= 1;
}

gboolean changes_is_named_alone(const ReviewSet *set, const char *path, gconstpointer data)
{
        const Options *options = data;

        for (guint i = 1; i < options->n_args; i++) {
                g_autofree char *top = below(set, options->args[i]);

                if (top != NULL && review_is_at_or_below(path, top) && protect_find(top, PROTECT_ALL) != NULL)
                        return TRUE;
        }
        return FALSE;
}

bool changes_check_names(const Cli *cli, const GPtrArray *sets, const GPtrArray *changes, GError **error)
{
        for (guint i = 1; i < cli->options->n_args; i++) {
                g_autofree char *shown = store_text_escape(cli->options->args[i]);
                bool found = false;

                for (guint s = 0; s < sets->len && !found; s++) {
                        g_autofree char *top = below(sets->pdata[s], cli->options->args[i]);
                        const ReviewChanges *some = changes->pdata[s];

                        for (guint c = 0; top != NULL && c < some->all->len && !found; c++)
                                found = review_is_at_or_below(((const ReviewChange *)some->all->pdata[c])->path, top);
                }
                if (!found) {
                        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND,
                                    _("%s: nothing was changed there\n\"oriel diff --stat %s\" lists what was."), shown,
                                    ((const ReviewSet *)sets->pdata[0])->id);
                        return false;
                }
        }
        return true;
}

void changes_narrow(const Cli *cli, const ReviewSet *set, ReviewChanges *changes)
{
        for (guint i = changes->all->len; i-- > 0;)
                if (!changes_is_named(set, ((const ReviewChange *)changes->all->pdata[i])->path, cli->options))
                        g_ptr_array_remove_index(changes->all, i);
}
