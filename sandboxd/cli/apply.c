/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `oriel apply` and `oriel discard`: what is to become of the changes that runs made. */

#include "base/cleanup.h"
#include "base/i18n.h"
#include "cli/changes.h"
#include "cli/report.h"
#include "review/take.h"

static void free_changes(gpointer changes)
{
        review_changes_free(changes);
}

/* All sets locked, their changes read, the names checked. */
static GPtrArray *open_all(const Cli *cli, GPtrArray **ret_changes, GError **error)
{
        g_autoptr(GPtrArray) sets = NULL, changes = g_ptr_array_new_with_free_func(free_changes);

        if (!command_check_arguments(cli, 1, G_MAXUINT, error))
                return NULL;
        sets = review_sets_find(cli->dirs, cli->options->args[0], error);
        for (guint i = 0; sets != NULL && i < sets->len; i++) {
                if (!review_set_lock(sets->pdata[i], error))
                        return NULL;
                g_ptr_array_add(changes, review_walk(sets->pdata[i]));
        }
        if (sets == NULL || !changes_check_names(cli, sets, changes, error))
                return NULL;
        *ret_changes = g_steal_pointer(&changes);
        return g_steal_pointer(&sets);
}

static bool is_there(const ReviewSet *set, GError **error)
{
        if (set->lower >= 0)
                return true;
        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND, _("%s: there is no such directory any more"),
                    set->source);
        return false;
}

int command_apply(const Cli *cli, GError **error)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        g_autoptr(GPtrArray) changes = NULL, sets = open_all(cli, &changes, error);
        ReviewTaking taking = { .overwrite = cli->options->text[OPTION_OVERWRITE] != NULL,
                                .is_named = changes_is_named,
                                .is_named_alone = changes_is_named_alone,
                                .data = cli->options,
                                .text = &text };

        for (guint i = 0; sets != NULL && i < sets->len; i++)
                if (!is_there(sets->pdata[i], error) ||
                    !review_take(sets->pdata[i], changes->pdata[i], &taking, error) ||
                    !review_tidy(cli->dirs, sets->pdata[i], error))
                        return -1;
        if (sets == NULL)
                return -1;
        buffer_printf(&text, _("%u applied, %u left\n"), taking.done, taking.left);
        if (!report_text(&text, error))
                return -1;
        return taking.left > 0 ? COMMAND_NO : COMMAND_DONE;
}

int command_discard(const Cli *cli, GError **error)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        g_autoptr(GPtrArray) changes = NULL, sets = open_all(cli, &changes, error);
        ReviewTaking taking = { .is_named = changes_is_named, .data = cli->options, .text = &text };

        for (guint i = 0; sets != NULL && i < sets->len; i++) {
                const ReviewChanges *some = changes->pdata[i];

                if (cli->options->n_args == 1) {
                        if (!review_set_drop(cli->dirs, sets->pdata[i], error))
                                return -1;
                        taking.done += some->all->len;
                } else if (!review_put_back(sets->pdata[i], some, &taking, error) ||
                           !review_tidy(cli->dirs, sets->pdata[i], error))
                        return -1;
        }
        if (sets == NULL)
                return -1;
        buffer_printf(&text, _("%u discarded, %u left\n"), taking.done, taking.left);
        if (!report_text(&text, error))
                return -1;
        return taking.left > 0 ? COMMAND_NO : COMMAND_DONE;
}
