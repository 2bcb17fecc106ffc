/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "planner/template.h"

#include <string.h>

#include "base/i18n.h"

/* What the planner makes a program of by itself. */
static const char *const roles[] = {
        "app",       "xephyr",          "xvfb", "xbridge",   "xbridge-agent", "xpra",       "xpra-client",
        "session",   "panel",           "wm",   "bus-proxy", "net-proxy",     "credential", "inner-bus",
        "bus-split", "wayland-context", NULL,
};

static void box_free(gpointer data)
{
        TemplateBox *box = data;

        g_free(box->name);
        g_strfreev(box->run);
        g_free(box->after);
        g_free(box);
}

void template_free(Template *template)
{
        if (template == NULL)
                return;
        g_ptr_array_unref(template->boxes);
        profile_free(template->own);
        g_free(template);
}

static TemplateBox *box_at(const Template *template, guint i)
{
        return template->boxes->pdata[i];
}

gboolean template_is_role(const char *run)
{
        return g_strv_contains(roles, run);
}

gboolean template_is_within(const Template *template, guint i, guint top)
{
        while (i != top && i != 0)
                i = box_at(template, i)->parent;
        return i == top;
}

gboolean template_fail(const Template *template, guint box, ProfileBoxKey key, GError **error, const char *format, ...)
{
        ProfileOrigin origin = profile_box_origin(template->profile, box, key);
        g_autofree char *sentence = NULL;
        va_list args;

        va_start(args, format);
        sentence = g_strdup_vprintf(format, args);
        va_end(args);
        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID, _("%s:%u: box %s: %s"), origin.file, origin.line,
                    profile_box_name(template->profile, box), sentence);
        return FALSE;
}

static gint find_box(const Template *template, const char *name)
{
        for (guint i = 0; i < profile_n_boxes(template->profile); i++)
                if (g_str_equal(profile_box_name(template->profile, i), name))
                        return (gint)i;
        return -1;
}

/* The words were the parser's affair: here each is one of the plan's. */
static gboolean take_words(Template *template, guint i, GError **error)
{
        TemplateBox *box = box_at(template, i);
        const char *kind = profile_box_get(template->profile, i, PROFILE_BOX_KIND);
        g_auto(GStrv) words = profile_box_get_list(template->profile, i, PROFILE_BOX_UNSHARE);

        if (kind == NULL)
                return template_fail(template, i, _PROFILE_BOX_KEY_MAX, error, _("it has no kind="));
        for (box->kind = 0; !g_str_equal(plan_box_kind_word(box->kind), kind);)
                box->kind++;
        for (gsize w = 0; words[w] != NULL; w++)
                for (guint32 one = 1; one <= _PLAN_NS_ALL; one <<= 1)
                        if (g_str_equal(plan_namespace_word((PlanNamespace)one), words[w]))
                                box->unshare |= one;
        return TRUE;
}

/* The way up from box i, as names, to where it meets itself; NULL: it does not. */
static char *find_cycle(const Template *template, guint i)
{
        g_autoptr(GString) way = g_string_new(profile_box_name(template->profile, i));
        gint at = (gint)i;

        for (guint n = 0; n <= profile_n_boxes(template->profile); n++) {
                const char *parent = profile_box_get(template->profile, (guint)at, PROFILE_BOX_PARENT);

                at = parent == NULL ? -1 : find_box(template, parent);
                if (at < 0)
                        return NULL;
                g_string_append_printf(way, _(" in %s"), parent);
                if ((guint)at == i)
                        return g_string_free(g_steal_pointer(&way), FALSE);
        }
        return NULL;
}

static gboolean take_parent(Template *template, guint i, GError **error)
{
        const char *name = profile_box_get(template->profile, i, PROFILE_BOX_PARENT);
        g_autofree char *cycle = find_cycle(template, i);
        gint parent = name == NULL ? -1 : find_box(template, name);

        if (name == NULL && i > 0)
                return template_fail(template, i, _PROFILE_BOX_KEY_MAX, error,
                                     _("it has no parent=: only the first box, the keeper's, has none"));
        if (name == NULL)
                return TRUE;
        if (parent < 0)
                return template_fail(template, i, PROFILE_BOX_PARENT, error, _("there is no box %s"), name);
        if (cycle != NULL)
                return template_fail(template, i, PROFILE_BOX_PARENT, error, _("it stands in itself: %s"), cycle);
        if ((guint)parent > i)
                return template_fail(template, i, PROFILE_BOX_PARENT, error,
                                     _("its parent %s is written below it: parents come first"), name);
        box_at(template, i)->parent = (guint)parent;
        return TRUE;
}

static gboolean take_run(Template *template, guint i, GError **error)
{
        TemplateBox *box = box_at(template, i);

        box->run = profile_box_get_list(template->profile, i, PROFILE_BOX_RUN);
        for (gsize r = 0; box->run[r] != NULL; r++) {
                gint other = template_is_role(box->run[r]) ? template_box_of(template, box->run[r]) : (gint)i;

                if (other != (gint)i)
                        return template_fail(template, i, PROFILE_BOX_RUN, error, _("%s runs in box %s already"),
                                             box->run[r], box_at(template, (guint)other)->name);
        }
        return TRUE;
}

static gboolean take_after(Template *template, guint i, GError **error)
{
        TemplateBox *box = box_at(template, i);
        g_auto(GStrv) names = profile_box_get_list(template->profile, i, PROFILE_BOX_AFTER);

        box->after = g_new0(guint, g_strv_length(names) + 1);
        for (gsize n = 0; names[n] != NULL; n++) {
                gint other = find_box(template, names[n]);

                if (other < 0)
                        return template_fail(template, i, PROFILE_BOX_AFTER, error, _("there is no box %s"), names[n]);
                if ((guint)other == i)
                        return template_fail(template, i, PROFILE_BOX_AFTER, error, _("it waits for itself"));
                box->after[box->n_after++] = (guint)other;
        }
        return TRUE;
}

static gboolean take_boxes(Template *template, GError **error)
{
        guint n = profile_n_boxes(template->profile);

        if (n > PLAN_MAX_BOXES)
                return template_fail(template, PLAN_MAX_BOXES, _PROFILE_BOX_KEY_MAX, error,
                                     _("these are more than %d boxes"), PLAN_MAX_BOXES);
        for (guint i = 0; i < n; i++) {
                TemplateBox *box = g_new0(TemplateBox, 1);

                box->name = g_strdup(profile_box_name(template->profile, i));
                box->run = g_new0(char *, 1);
                g_ptr_array_add(template->boxes, box);
        }
        for (guint i = 0; i < n; i++) {
                g_clear_pointer(&box_at(template, i)->run, g_strfreev);
                if (!take_words(template, i, error) || !take_parent(template, i, error) ||
                    !take_run(template, i, error))
                        return FALSE;
        }
        for (guint i = 0; i < n; i++)
                if (!take_after(template, i, error))
                        return FALSE;
        return TRUE;
}

/* A tree file has nothing but boxes. */
static gboolean is_bare(const Profile *tree, GError **error)
{
        ProfileOrigin origin = { 0 };
        const char *group = NULL;

        for (ProfileKey key = 0; key < _PROFILE_KEY_MAX && group == NULL; key++)
                if (profile_is_set(tree, key)) {
                        group = profile_key_info(key)->group;
                        origin = profile_origin(tree, key, 0);
                }
        for (ProfileMap map = 0; map < PROFILE_MAP_BOX && group == NULL; map++)
                if (profile_map_size(tree, map) > 0) {
                        group = map == PROFILE_MAP_OTHER ? profile_map_name(tree, map, 0)
                                                         : profile_map_info(map)->group;
                        origin = profile_map_origin(tree, map, 0);
                }
        if (group == NULL)
                return TRUE;
        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID, _("%s:%u: a tree has [Box NAME] groups alone, not [%.*s]"),
                    origin.file, origin.line, (int)strcspn(group, "\n"), group);
        return FALSE;
}

Template *template_new(const Profile *profile, const char *text, const char *label, GError **error)
{
        g_autoptr(Template) template = g_new0(Template, 1);

        template->boxes = g_ptr_array_new_with_free_func(box_free);
        template->profile = profile;
        if (profile == NULL || profile_n_boxes(profile) == 0) {
                template->profile = template->own = profile_parse(text, strlen(text), label, error);
                if (template->own == NULL || !is_bare(template->own, error))
                        return NULL;
        }
        if (!take_boxes(template, error))
                return NULL;
        if (template_box_of(template, "app") < 0) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID, _("%s: no box of the tree runs \"app\""),
                            template->boxes->len == 0
                                    ? label
                                    : profile_box_origin(template->profile, 0, _PROFILE_BOX_KEY_MAX).file);
                return NULL;
        }
        return g_steal_pointer(&template);
}

gint template_box_of(const Template *template, const char *program)
{
        for (guint i = 0; i < template->boxes->len; i++) {
                const TemplateBox *box = box_at(template, i);

                if (box->run != NULL && g_strv_contains((const char *const *)box->run, program))
                        return (gint)i;
        }
        return -1;
}

void template_add_semi(Template *template, const char *program)
{
        TemplateBox *box = g_new0(TemplateBox, 1);

        box->name = g_strdup_printf("semi/%s", program);
        box->kind = PLAN_BOX_SEMI;
        box->unshare = _PLAN_NS_ALL & ~(guint32)PLAN_NS_TIME;
        box->run = g_strdupv((char *[]){ (char *)program, NULL });
        g_ptr_array_add(template->boxes, box);
}

guint template_n_written(const Template *template)
{
        return profile_n_boxes(template->profile);
}
