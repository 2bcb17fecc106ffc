/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plan's programs, in an order in which each stands after those that it waits for: the others of its own box that
 * are written before it, all in the boxes that the tree names after= (of a box above only its own), who serves a
 * display for its server, and the app for everything that does not wait for the app.  Where nothing says otherwise the
 * order is the tree's. */
#include <string.h>

#include "base/i18n.h"
#include "planner/context.h"

typedef struct Entry {
        PlanProgram *program;
        guint box;     /* of the template */
        gboolean done; /* it stands in the plan */
} Entry;

/* Who waits for whom, in whatever boxes they are. */
static const struct {
        const char *program, *after;
} needs[] = {
        { "wm", "xephyr" },          { "session", "xephyr" }, { "panel", "session" },
        { "xbridge-agent", "xvfb" }, { "xpra", "xvfb" },      { "xpra-client", "xpra" },
};

/* Does the tree, or Oriel itself, say that a starts after b? */
static gboolean waits(const Planner *planner, const Entry *a, const Entry *b)
{
        const TemplateBox *box = planner->template->boxes->pdata[a->box];

        if (a == b)
                return FALSE;
        /* Both lie in one array, in the tree's order. */
        if (a->box == b->box)
                return a > b;
        for (gsize i = 0; i < box->n_after; i++)
                if (b->box == box->after[i] || (!template_is_within(planner->template, a->box, box->after[i]) &&
                                                template_is_within(planner->template, b->box, box->after[i])))
                        return TRUE;
        for (gsize i = 0; i < G_N_ELEMENTS(needs); i++)
                if (g_str_equal(a->program->name, needs[i].program) && g_str_equal(b->program->name, needs[i].after))
                        return TRUE;
        return FALSE;
}

/* By way of others too; seen: those that were asked already. */
static gboolean waits_at_last(const Planner *planner, const GArray *entries, guint a, guint b, gboolean *seen)
{
        seen[a] = TRUE;
        for (guint i = 0; i < entries->len; i++)
                if (!seen[i] && waits(planner, &g_array_index(entries, Entry, a), &g_array_index(entries, Entry, i)) &&
                    (i == b || waits_at_last(planner, entries, i, b, seen)))
                        return TRUE;
        return FALSE;
}

static gboolean depends(const Planner *planner, const GArray *entries, guint a, guint b)
{
        const Entry *first = &g_array_index(entries, Entry, a);
        g_autofree gboolean *seen = g_new0(gboolean, entries->len);

        if (first->program->app)
                return a != b && !waits_at_last(planner, entries, b, a, seen);
        return waits(planner, first, &g_array_index(entries, Entry, b));
}

static GArray *gather(const Planner *planner)
{
        GArray *entries = g_array_new(FALSE, TRUE, sizeof(Entry));

        for (guint i = 0; i < planner->drafts->len; i++) {
                const Draft *draft = planner->drafts->pdata[i];

                for (guint p = 0; draft != NULL && p < draft->programs->len; p++) {
                        Entry entry = { .program = &g_array_index(draft->programs, PlanProgram, p), .box = i };

                        g_array_append_val(entries, entry);
                }
        }
        return entries;
}

/* The first that waits for none that is not done; entries->len: each waits. */
static guint next(const Planner *planner, const GArray *entries)
{
        for (guint a = 0; a < entries->len; a++) {
                gboolean free = !g_array_index(entries, Entry, a).done;

                for (guint b = 0; b < entries->len && free; b++)
                        free = g_array_index(entries, Entry, b).done || !depends(planner, entries, a, b);
                if (free)
                        return a;
        }
        return entries->len;
}

static gboolean fail_cycle(Planner *planner, const GArray *entries, GError **error)
{
        for (guint a = 0; a < entries->len; a++) {
                const Entry *entry = &g_array_index(entries, Entry, a);
                g_autofree gboolean *seen = g_new0(gboolean, entries->len);

                for (guint b = 0; b < entries->len; b++) {
                        const Entry *other = &g_array_index(entries, Entry, b);

                        memset(seen, 0, entries->len * sizeof *seen);
                        if (a != b && entry->box != other->box && waits(planner, entry, other) &&
                            waits_at_last(planner, entries, b, a, seen))
                                return template_fail(
                                        planner->template, entry->box, PROFILE_BOX_AFTER, error,
                                        _("it waits for box %s, which waits for it"),
                                        ((TemplateBox *)planner->template->boxes->pdata[other->box])->name);
                }
        }
        return template_fail(planner->template, 0, _PROFILE_BOX_KEY_MAX, error, _("its programs wait for each other"));
}

gboolean planner_order(Planner *planner, Plan *plan, const guint *places, GError **error)
{
        g_autoptr(GArray) entries = gather(planner);
        g_autofree guint *order = g_new0(guint, entries->len + 1);

        if (entries->len > PLAN_MAX_PROGRAMS)
                return template_fail(planner->template, 0, _PROFILE_BOX_KEY_MAX, error,
                                     _("these are more than %d programs"), PLAN_MAX_PROGRAMS);
        for (guint n = 0; n < entries->len; n++) {
                guint a = next(planner, entries);

                if (a == entries->len)
                        return fail_cycle(planner, entries, error);
                g_array_index(entries, Entry, a).done = TRUE;
                order[n] = a;
        }
        plan->programs = g_new0(PlanProgram, PLAN_MAX_PROGRAMS);
        for (guint n = 0; n < entries->len; n++) {
                PlanProgram *program = &plan->programs[n];

                *program = *g_array_index(entries, Entry, order[n]).program;
                if (!program->app)
                        planner_confine_companion(planner, program);
                program->box = places[g_array_index(entries, Entry, order[n]).box];
                for (guint b = 0; b < n; b++)
                        if (depends(planner, entries, order[n], order[b])) {
                                program->after = g_renew(uint32_t, program->after, program->n_after + 1);
                                program->after[program->n_after++] = b;
                        }
        }
        plan->n_programs = entries->len;
        /* Their strings are the plan's now. */
        for (guint i = 0; i < planner->drafts->len; i++)
                if (planner->drafts->pdata[i] != NULL)
                        g_array_set_clear_func(((Draft *)planner->drafts->pdata[i])->programs, NULL);
        return TRUE;
}
