/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `oriel settle`: what is due after runs that are over.  The front end starts it, at the end of each run whose plan
 * says that something is; a person needs it only after a run that was killed with all that belongs to it. */

#include "review/settle.h"

#include <errno.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "cli/command.h"
#include "cli/report.h"
#include "review/show.h"
#include "review/take.h"

static gboolean
anything(const ReviewSet *set G_GNUC_UNUSED, const char *path G_GNUC_UNUSED, gconstpointer data G_GNUC_UNUSED)
{
        return TRUE;
}

static char read_answer(void)
{
        char line[64];
        ssize_t n;

        do
                n = read(STDIN_FILENO, line, sizeof line);
        while (n < 0 && errno == EINTR);
        return n > 0 ? line[0] : '\n';
}

static bool answer(const Cli *cli, const char *id, char letter, GError **error)
{
        g_autoptr(GPtrArray) sets = review_sets_find(cli->dirs, id, error);
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        ReviewTaking taking = { .is_named_alone = anything, .text = &text };

        for (guint i = 0; sets != NULL && i < sets->len; i++) {
                ReviewSet *set = sets->pdata[i];
                g_autoptr(ReviewChanges) changes = review_walk(set);

                if (letter == 's')
                        review_show_patch(set, changes, TRUE, FALSE, &text);
                else if (!review_set_lock(set, error) || (letter == 'd' ? !review_set_drop(cli->dirs, set, error)
                                                                        : !review_take(set, changes, &taking, error) ||
                                                                                  !review_tidy(cli->dirs, set, error)))
                        return false;
        }
        return sets != NULL && report_text(&text, error);
}

/* Whoever answers nothing leaves it where it is. */
static bool ask(const Cli *cli, const char *id, GError **error)
{
        for (;;) {
                char letter;

                /* What was typed before the question does not count. */
                (void)tcflush(STDIN_FILENO, TCIFLUSH);
                (void)fd_write_all(
                        STDERR_FILENO, _("[s]how it, [p]ut it back, [d]iscard it; anything else leaves it aside: "),
                        strlen(_("[s]how it, [p]ut it back, [d]iscard it; anything else leaves it aside: ")));
                letter = read_answer();
                if (letter != 's' && letter != 'p' && letter != 'd')
                        return true;
                if (!answer(cli, id, letter, error))
                        return false;
                if (letter != 's')
                        return true;
        }
}

int command_settle(const Cli *cli, GError **error)
{
        CLEANUP(buffer_clear) Buffer sentences = BUFFER_INIT;
        ReviewSettlement settlement = { .sentences = &sentences };
        const Options *options = cli->options;

        if (!command_check_arguments(cli, 0, 1, error))
                return -1;
        if (options->n_args == 0)
                review_settle_all(cli->dirs, &settlement);
        else if (!review_settle(cli->dirs, options->args[0], &settlement, error))
                return -1;
        if (sentences.n > 0 && !sentences.failed)
                (void)fd_write_all(STDERR_FILENO, sentences.bytes, sentences.n);
        if (options->text[OPTION_ASK] != NULL && settlement.n_aside > 0 && options->n_args > 0 &&
            isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 && !ask(cli, options->args[0], error))
                return -1;
        return settlement.n_aside > 0 ? COMMAND_NO : COMMAND_DONE;
}
