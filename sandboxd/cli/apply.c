/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `oriel apply` and `oriel discard`: what is to become of the changes that runs made. */

#include "review/apply.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/i18n.h"
#include "cli/changes.h"
#include "cli/report.h"
#include "review/show.h"

typedef struct Verdict {
        guint done, left;
} Verdict;

static void add_left(const ReviewSet *set, const ReviewChange *change, const char *why, Buffer *text)
{
        (void)set;
        buffer_add_escaped(text, change->path);
        buffer_printf(text, ": %s\n", why);
}

/* Why that change is not taken over; NULL: it is. */
static const char *why_not(const Cli *cli, const ReviewSet *set, const ReviewChange *change)
{
        if (change->conflict != REVIEW_NO_CONFLICT && cli->options->text[OPTION_OVERWRITE] == NULL)
                return review_conflict_words(change->conflict);
        if (change->protected != NULL && change->protected->grade == PROTECT_KEPT &&
            !changes_is_named_alone(cli, set, change->path))
                return _("the host would run what it says: look at it, and name it to apply it");
        return NULL;
}

static const char *why_failed(int r)
{
        switch (-r) {
        case ESTALE:
                return _("changed outside meanwhile");
        case ENOTSUP:
                return _("no file, directory or link");
        case ENOTEMPTY:
                return _("something is in it that the run did not remove");
        case ELOOP:
                return _("a link is in the way");
        default:
                return g_strerror(-r);
        }
}

static bool
apply_one(const Cli *cli, ReviewSet *set, const ReviewChange *change, Verdict *verdict, Buffer *text, GError **error)
{
        const char *why = why_not(cli, set, change);
        int r = why == NULL ? review_apply(set, change) : 0;

        if (why != NULL || r < 0) {
                add_left(set, change, why != NULL ? why : why_failed(r), text);
                verdict->left++;
                return true;
        }
        verdict->done++;
        return review_set_settle(set, change->path, error);
}

/* First what goes, the innermost first: a file may come where a directory was. */
static bool
apply_all(const Cli *cli, ReviewSet *set, const ReviewChanges *changes, Verdict *verdict, Buffer *text, GError **error)
{
        for (guint i = changes->all->len; i-- > 0;) {
                const ReviewChange *change = changes->all->pdata[i];

                if (change->kind == REVIEW_DELETED && changes_is_named(cli, set, change->path) &&
                    !apply_one(cli, set, change, verdict, text, error))
                        return false;
        }
        for (guint i = 0; i < changes->all->len; i++) {
                const ReviewChange *change = changes->all->pdata[i];

                if (change->kind != REVIEW_DELETED && changes_is_named(cli, set, change->path) &&
                    !apply_one(cli, set, change, verdict, text, error))
                        return false;
        }
        return true;
}

/* Inner ones last where something comes back, so that there is a directory for them; what goes, goes inner ones first.
 */
static bool discard_some(
        const Cli *cli, ReviewSet *set, const ReviewChanges *changes, Verdict *verdict, Buffer *text, GError **error)
{
        for (guint round = 0; round < 2; round++)
                for (guint i = 0; i < changes->all->len; i++) {
                        const ReviewChange *change = changes->all->pdata[round == 0 ? changes->all->len - 1 - i : i];
                        int r;

                        if ((change->old.st_mode == 0) != (round == 0) || !changes_is_named(cli, set, change->path))
                                continue;
                        r = review_discard(set, change);
                        if (r < 0) {
                                add_left(set, change, why_failed(r), text);
                                verdict->left++;
                                continue;
                        }
                        verdict->done++;
                        if (!review_set_settle(set, change->path, error))
                                return false;
                }
        return true;
}

static bool tidy(const Cli *cli, ReviewSet *set, GError **error)
{
        g_autoptr(ReviewChanges) left = review_walk(set);

        return left->all->len > 0 || !left->whole || review_set_drop(cli->dirs, set, error);
}

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

int command_apply(const Cli *cli, GError **error)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        g_autoptr(GPtrArray) changes = NULL, sets = open_all(cli, &changes, error);
        Verdict verdict = { 0 };

        for (guint i = 0; sets != NULL && i < sets->len; i++) {
                ReviewSet *set = sets->pdata[i];

                if (set->lower < 0) {
                        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND,
                                    _("%s: there is no such directory any more"), set->source);
                        return -1;
                }
                if (!apply_all(cli, set, changes->pdata[i], &verdict, &text, error) || !tidy(cli, set, error))
                        return -1;
        }
        if (sets == NULL)
                return -1;
        buffer_printf(&text, _("%u applied, %u left\n"), verdict.done, verdict.left);
        if (!report_text(&text, error))
                return -1;
        return verdict.left > 0 ? COMMAND_NO : COMMAND_DONE;
}

int command_discard(const Cli *cli, GError **error)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        g_autoptr(GPtrArray) changes = NULL, sets = open_all(cli, &changes, error);
        Verdict verdict = { 0 };

        for (guint i = 0; sets != NULL && i < sets->len; i++) {
                ReviewSet *set = sets->pdata[i];
                const ReviewChanges *some = changes->pdata[i];

                if (cli->options->n_args == 1) {
                        if (!review_set_drop(cli->dirs, set, error))
                                return -1;
                        verdict.done += some->all->len;
                } else if (!discard_some(cli, set, some, &verdict, &text, error) || !tidy(cli, set, error))
                        return -1;
        }
        if (sets == NULL)
                return -1;
        buffer_printf(&text, _("%u discarded, %u left\n"), verdict.done, verdict.left);
        if (!report_text(&text, error))
                return -1;
        return verdict.left > 0 ? COMMAND_NO : COMMAND_DONE;
}
