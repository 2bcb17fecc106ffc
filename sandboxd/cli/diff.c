/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `oriel diff`: what runs changed in workspaces whose changes are kept apart. */

#include <unistd.h>

#include "base/cleanup.h"
#include "base/i18n.h"
#include "cli/changes.h"
#include "cli/report.h"
#include "review/show.h"

static void free_changes(gpointer changes)
{
        review_changes_free(changes);
}

/* Without an ID: which runs left something. */
static void add_sum(const ReviewSet *set, const ReviewChanges *changes, Buffer *text)
{
        guint conflicts = 0;

        for (guint i = 0; i < changes->all->len; i++)
                conflicts += ((const ReviewChange *)changes->all->pdata[i])->conflict != REVIEW_NO_CONFLICT ? 1 : 0;
        buffer_printf(text, "%s  ", set->id);
        buffer_add_escaped(text, *set->profile != '\0' ? set->profile : set->app);
        buffer_add_text(text, "  ");
        buffer_add_escaped(text, set->source);
        buffer_printf(text, _("  %u changes"), changes->all->len);
        if (conflicts > 0)
                buffer_printf(text, _(", %u in conflict"), conflicts);
        buffer_add_text(text, set->busy ? _(", running\n") : "\n");
}

static void add_one(const Cli *cli, const ReviewSet *set, ReviewChanges *changes, Buffer *text)
{
        if (cli->options->text[OPTION_JSON] != NULL) {
                buffer_add_text(text, text->n > 1 ? "," : "");
                review_show_json(set, changes, text);
        } else if (cli->options->n_args == 0)
                add_sum(set, changes, text);
        else if (cli->options->text[OPTION_STAT] != NULL)
                review_show_list(set, changes, text);
        else
                review_show_patch(set, changes, cli->options->n_args > 1, isatty(STDOUT_FILENO) != 1, text);
}

int command_diff(const Cli *cli, GError **error)
{
        const Options *options = cli->options;
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(free_changes), sets = NULL;
        bool json = options->text[OPTION_JSON] != NULL;
        guint n = 0;

        if (!command_check_arguments(cli, 0, G_MAXUINT, error))
                return -1;
        sets = options->n_args == 0 ? review_sets_list(cli->dirs, error)
                                    : review_sets_find(cli->dirs, options->args[0], error);
        if (sets == NULL)
                return -1;
        for (guint i = 0; i < sets->len; i++)
                g_ptr_array_add(all, review_walk(sets->pdata[i]));
        if (!changes_check_names(cli, sets, all, error))
                return -1;
        if (json)
                buffer_add_byte(&text, '[');
        for (guint i = 0; i < sets->len; i++) {
                ReviewChanges *changes = all->pdata[i];

                review_find_renames(sets->pdata[i], changes);
                changes_narrow(cli, sets->pdata[i], changes);
                n += changes->all->len;
                if (changes->all->len > 0)
                        add_one(cli, sets->pdata[i], changes, &text);
        }
        if (json)
                buffer_add_text(&text, "]\n");
        if (!report_text(&text, error))
                return -1;
        return n > 0 ? COMMAND_NO : COMMAND_DONE;
}
