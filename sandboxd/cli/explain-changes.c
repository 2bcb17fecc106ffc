/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/i18n.h"
#include "cli/command.h"
#include "cli/explain.h"
#include "cli/plan-view.h"
#include "store/changes.h"

static const char *word_of(StoreChangeKind kind)
{
        switch (kind) {
        case STORE_CHANGE_ADDED:
                return _("added");
        case STORE_CHANGE_CHANGED:
                return _("changed");
        case STORE_CHANGE_REMOVED:
                return _("removed");
        case STORE_CHANGE_REPLACED:
                return _("replaced");
        }
        return "";
}

static gboolean is_at_or_below(const char *path, const char *directory)
{
        size_t n = strlen(directory);

        return strncmp(path, directory, n) == 0 && (path[n] == '\0' || path[n] == '/' || (n > 0 && path[n - 1] == '/'));
}

/* Those of one overlay that lie at or below the path. */
static guint add_changes(const PlanMount *mount, const char *path, Buffer *text)
{
        gboolean all = TRUE;
        g_autoptr(GPtrArray) changes = store_changes_read(mount->source, mount->lowers[0], &all);
        guint n = 0;

        for (guint i = 0; i < changes->len; i++) {
                const StoreChange *change = changes->pdata[i];
                g_autofree char *inside = g_build_filename(mount->dest, change->path, NULL);

                if (!is_at_or_below(inside, path))
                        continue;
                buffer_add_text(text, word_of(change->kind));
                buffer_add_byte(text, ' ');
                buffer_add_escaped(text, inside);
                buffer_add_byte(text, '\n');
                n++;
        }
        if (!all)
                buffer_add_text(text, _("... and more\n"));
        return n;
}

int explain_changes(const Launch *launch, const char *path, Buffer *ret_text)
{
        const PlanBox *box = plan_view_app_box(launch->plan);
        gboolean any = FALSE;
        guint n = 0;

        for (size_t i = 0; box != NULL && i < box->n_mounts; i++) {
                const PlanMount *mount = &box->mounts[i];

                if (mount->kind != PLAN_MOUNT_OVERLAY ||
                    (!is_at_or_below(path, mount->dest) && !is_at_or_below(mount->dest, path)))
                        continue;
                any = TRUE;
                if (mount->source != NULL)
                        n += add_changes(mount, path, ret_text);
        }
        if (!any) {
                buffer_add_escaped(ret_text, path);
                buffer_add_text(ret_text,
                                _(": no line of the profile keeps changes there apart\nmend: [Files] overlay="));
                buffer_add_escaped(ret_text, path);
                buffer_add_byte(ret_text, '\n');
                return COMMAND_NO;
        }
        if (n == 0) {
                buffer_add_escaped(ret_text, path);
                buffer_add_text(ret_text, _(": nothing was changed\n"));
        }
        return COMMAND_DONE;
}
