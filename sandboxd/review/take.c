/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "review/take.h"

#include <errno.h>

#include "base/i18n.h"
#include "review/apply.h"
#include "review/show.h"

static void add_left(ReviewTaking *taking, const ReviewChange *change, const char *why)
{
        buffer_add_escaped(taking->text, change->path);
        buffer_printf(taking->text, ": %s\n", why);
        taking->left++;
}

/* Why that change is not taken over; NULL: it is. */
static const char *why_not(const ReviewTaking *taking, const ReviewSet *set, const ReviewChange *change)
{
        if (change->conflict != REVIEW_NO_CONFLICT && !taking->overwrite)
                return review_conflict_words(change->conflict);
        if (change->protected != NULL && change->protected->grade == PROTECT_KEPT &&
            (taking->is_named_alone == NULL || !taking->is_named_alone(set, change->path, taking->data)))
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

static gboolean is_named(const ReviewTaking *taking, const ReviewSet *set, const ReviewChange *change)
{
        return taking->is_named == NULL || taking->is_named(set, change->path, taking->data);
}

static gboolean take_one(ReviewSet *set, const ReviewChange *change, ReviewTaking *taking, GError **error)
{
        const char *why;
        int r;

        if (!is_named(taking, set, change))
                return TRUE;
        why = why_not(taking, set, change);
        r = why == NULL ? review_apply(set, change) : 0;
        if (why != NULL || r < 0) {
                add_left(taking, change, why != NULL ? why : why_failed(r));
                return TRUE;
        }
        taking->done++;
        return review_set_settle(set, change->path, error);
}

/* First what goes, the innermost first: a file may come where a directory was. */
gboolean review_take(ReviewSet *set, const ReviewChanges *changes, ReviewTaking *taking, GError **error)
{
        for (guint i = changes->all->len; i-- > 0;) {
                const ReviewChange *change = changes->all->pdata[i];

                if (change->kind == REVIEW_DELETED && !take_one(set, change, taking, error))
                        return FALSE;
        }
        for (guint i = 0; i < changes->all->len; i++) {
                const ReviewChange *change = changes->all->pdata[i];

                if (change->kind != REVIEW_DELETED && !take_one(set, change, taking, error))
                        return FALSE;
        }
        return TRUE;
}

static gboolean put_back_one(ReviewSet *set, const ReviewChange *change, ReviewTaking *taking, GError **error)
{
        int r = review_discard(set, change);

        if (r < 0) {
                add_left(taking, change, why_failed(r));
                return TRUE;
        }
        taking->done++;
        return review_set_settle(set, change->path, error);
}

/* What goes, goes the innermost first; what comes back comes the outermost first, so that there is a directory for it.
 */
gboolean review_put_back(ReviewSet *set, const ReviewChanges *changes, ReviewTaking *taking, GError **error)
{
        for (guint i = changes->all->len; i-- > 0;) {
                const ReviewChange *change = changes->all->pdata[i];

                if (change->old.st_mode == 0 && is_named(taking, set, change) &&
                    !put_back_one(set, change, taking, error))
                        return FALSE;
        }
        for (guint i = 0; i < changes->all->len; i++) {
                const ReviewChange *change = changes->all->pdata[i];

                if (change->old.st_mode != 0 && is_named(taking, set, change) &&
                    !put_back_one(set, change, taking, error))
                        return FALSE;
        }
        return TRUE;
}

gboolean review_tidy(StoreDirs *dirs, ReviewSet *set, GError **error)
{
        g_autoptr(ReviewChanges) left = review_walk(set);

        return left->all->len > 0 || !left->whole || review_set_drop(dirs, set, error);
}
