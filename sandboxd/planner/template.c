/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "planner/template.h"

#include <string.h>

#include "base/i18n.h"

static void box_free(gpointer data)
{
        TemplateBox *box = data;

        g_free(box->name);
        g_strfreev(box->run);
        g_free(box);
}

void template_free(Template *template)
{
        if (template == NULL)
                return;
        g_ptr_array_unref(template->boxes);
        g_free(template);
}

static gint find_box(const Template *template, const char *name)
{
        for (guint i = 0; i < template->boxes->len; i++)
                if (g_str_equal(((TemplateBox *)template->boxes->pdata[i])->name, name))
                        return (gint)i;
        return -1;
}

static gboolean take_kind(TemplateBox *box, const char *value)
{
        for (int kind = 0; kind < _PLAN_BOX_MAX; kind++)
                if (g_str_equal(plan_box_kind_word((PlanBoxKind)kind), value)) {
                        box->kind = (PlanBoxKind)kind;
                        return TRUE;
                }
        return FALSE;
}

static gboolean take_unshare(TemplateBox *box, const char *value)
{
        g_auto(GStrv) words = g_strsplit(value, ";", -1);

        for (gsize i = 0; words[i] != NULL; i++) {
                guint32 one = 1;

                if (*words[i] == '\0' && words[i + 1] == NULL)
                        break;
                while (one <= _PLAN_NS_ALL && !g_str_equal(plan_namespace_word((PlanNamespace)one), words[i]))
                        one <<= 1;
                if (one > _PLAN_NS_ALL)
                        return FALSE;
                box->unshare |= one;
        }
        return TRUE;
}

/* NULL: taken; else the sentence. */
static const char *take_key(Template *template, TemplateBox *box, const char *key, const char *value)
{
        gint parent;

        if (g_str_equal(key, "kind"))
                return take_kind(box, value) ? NULL : _("there is no such kind of box");
        if (g_str_equal(key, "unshare"))
                return take_unshare(box, value) ? NULL : _("there is no such namespace");
        if (g_str_equal(key, "run")) {
                g_strfreev(box->run);
                box->run = g_strsplit(value, ";", -1);
                return NULL;
        }
        if (!g_str_equal(key, "parent"))
                return _("a box has no such key");
        parent = find_box(template, value);
        if (parent < 0 || template->boxes->pdata[parent] == box)
                return _("the parent is not a box that stands above");
        box->parent = (guint)parent;
        return NULL;
}

static const char *take_line(Template *template, char *line)
{
        gsize n = strlen(line);
        TemplateBox *box;
        char *sign;

        if (n == 0 || *line == '#')
                return NULL;
        if (g_str_has_prefix(line, "[Box ") && line[n - 1] == ']') {
                line[n - 1] = '\0';
                line += strlen("[Box ");
                if (*line == '\0' || find_box(template, line) >= 0)
                        return _("this box has no name, or one that stands above");
                if (template->boxes->len == PLAN_MAX_BOXES)
                        return _("these are too many boxes");
                box = g_new0(TemplateBox, 1);
                box->name = g_strdup(line);
                box->kind = _PLAN_BOX_MAX;
                box->run = g_new0(char *, 1);
                g_ptr_array_add(template->boxes, box);
                return NULL;
        }
        sign = strchr(line, '=');
        if (sign == NULL || template->boxes->len == 0)
                return _("this is neither [Box NAME] nor KEY=VALUE in one");
        *sign = '\0';
        return take_key(template, template->boxes->pdata[template->boxes->len - 1], line, sign + 1);
}

Template *template_parse(const char *text, GError **error)
{
        g_autoptr(Template) template = g_new0(Template, 1);
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

        template->boxes = g_ptr_array_new_with_free_func(box_free);
        for (guint i = 0; lines[i] != NULL; i++) {
                const char *fault = take_line(template, lines[i]);

                if (fault != NULL) {
                        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID, _("tree, line %u: %s"), i + 1, fault);
                        return NULL;
                }
        }
        for (guint i = 0; i < template->boxes->len; i++) {
                const TemplateBox *box = template->boxes->pdata[i];

                if (box->kind == _PLAN_BOX_MAX) {
                        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID, _("tree: box \"%s\" has no kind"),
                                    box->name);
                        return NULL;
                }
        }
        if (template_box_of(template, "app") < 0) {
                g_set_error_literal(error, ORIEL_ERROR, ORIEL_ERROR_INVALID, _("tree: no box runs \"app\""));
                return NULL;
        }
        return g_steal_pointer(&template);
}

gint template_box_of(const Template *template, const char *program)
{
        for (guint i = 0; i < template->boxes->len; i++) {
                const TemplateBox *box = template->boxes->pdata[i];

                if (g_strv_contains((const char *const *)box->run, program))
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
        /* Behind the keeper; whatever stands below moves. */
        for (guint i = 1; i < template->boxes->len; i++) {
                TemplateBox *other = template->boxes->pdata[i];

                other->parent += other->parent > 0 ? 1 : 0;
        }
        g_ptr_array_insert(template->boxes, 1, box);
}
