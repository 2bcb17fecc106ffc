/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The launcher of a boxed app, made from the app's own.  Pure.
 *
 * An allow-list of keys: what a later specification, or one desktop alone, gives a meaning to must not start the app
 * outside its box.  So DBusActivatable, SystemdService, TryExec, Implements and every X- key stay behind, and so does
 * MimeType: the box of an app doesn't see a file that another program asks it to open. */

#include "desktop/boxed.h"

#include <string.h>

#include "base/i18n.h"
#include "desktop/exec.h"
#include "profile/error.h"

static const char main_group[] = "Desktop Entry";
static const char action_prefix[] = "Desktop Action ";

/* Without what is made anew: Exec, Name, Actions, Type. */
static const char *const main_keys[] = {
        "Version",   "GenericName", "NoDisplay", "Comment",    "Icon",     "OnlyShowIn",
        "NotShowIn", "Path",        "Terminal",  "Categories", "Keywords", "PrefersNonDefaultGPU",
        NULL,
};
static const char *const action_keys[] = { "Name", "Icon", NULL };

static char *rebuild_exec(const char *value, const BoxedRequest *request, GError **error)
{
        g_autofree char *text = desktop_entry_unescape(value), *program = NULL, *base = NULL, *printed = NULL;
        g_autoptr(DesktopExec) exec = NULL;
        g_autoptr(DesktopExec) boxed = g_new0(DesktopExec, 1);

        boxed->args = g_ptr_array_new_with_free_func(g_free);
        if (text == NULL) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID, _("Exec holds an unknown escape"));
                return NULL;
        }
        exec = desktop_exec_parse(text, error);
        if (exec == NULL)
                return NULL;
        program = desktop_exec_literal(g_ptr_array_index(exec->args, 0));
        base = g_path_get_basename(program);
        g_ptr_array_add(boxed->args, desktop_exec_quote_codes(request->oriel));
        g_ptr_array_add(boxed->args, g_strdup("run"));
        if (request->program == NULL || strcmp(base, request->program) != 0)
                g_ptr_array_add(boxed->args,
                                g_strdup_printf("--command=%s", (const char *)g_ptr_array_index(exec->args, 0)));
        g_ptr_array_add(boxed->args, desktop_exec_quote_codes(request->app));
        for (guint i = 1; i < exec->args->len; i++)
                g_ptr_array_add(boxed->args, g_strdup(g_ptr_array_index(exec->args, i)));
        printed = desktop_exec_print(boxed);
        return desktop_entry_escape(printed);
}

/* "Name[de]" is "Name" with a locale. */
static bool is_key(const char *key, const char *name)
{
        size_t n = strlen(name);

        return strncmp(key, name, n) == 0 && (key[n] == '\0' || key[n] == '[');
}

static bool is_listed(const char *key, const char *const *list)
{
        for (; *list != NULL; list++)
                if (is_key(key, *list))
                        return true;
        return false;
}

static void copy_keys(DesktopEntry *boxed, const DesktopEntry *original, guint group, const char *const *list)
{
        for (guint i = 0; i < desktop_entry_n_keys(original, group); i++) {
                const char *key = desktop_entry_key(original, group, i);

                if (is_listed(key, list))
                        desktop_entry_add(boxed, desktop_entry_group(original, group), key,
                                          desktop_entry_value(original, group, i));
        }
}

static void add_names(DesktopEntry *boxed, const DesktopEntry *original, guint group)
{
        for (guint i = 0; i < desktop_entry_n_keys(original, group); i++) {
                const char *key = desktop_entry_key(original, group, i);
                g_autofree char *name = NULL;

                if (!is_key(key, "Name") || *desktop_entry_value(original, group, i) == '\0')
                        continue;
                name = g_strdup_printf("%s (boxed)", desktop_entry_value(original, group, i));
                desktop_entry_add(boxed, main_group, key, name);
        }
}

static bool add_exec(DesktopEntry *boxed,
                     const DesktopEntry *original,
                     const char *group,
                     const BoxedRequest *request,
                     GError **error)
{
        const char *value = desktop_entry_get(original, group, "Exec");
        g_autofree char *exec = NULL;

        if (value == NULL) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID, _("[%s] has no Exec"), group);
                return false;
        }
        exec = rebuild_exec(value, request, error);
        if (exec == NULL) {
                g_prefix_error(error, "[%s] ", group);
                return false;
        }
        desktop_entry_add(boxed, group, "Exec", exec);
        return true;
}

/* Of the actions that are both named in Actions= and there as a group. */
static GPtrArray *list_actions(const DesktopEntry *original)
{
        g_autoptr(GPtrArray) actions = g_ptr_array_new_with_free_func(g_free);
        const char *value = desktop_entry_get(original, main_group, "Actions");
        g_auto(GStrv) names = g_strsplit(value != NULL ? value : "", ";", -1);

        for (guint i = 0; names[i] != NULL; i++) {
                g_autofree char *group = g_strconcat(action_prefix, names[i], NULL);

                if (*names[i] != '\0' && desktop_entry_get(original, group, "Name") != NULL &&
                    !g_ptr_array_find_with_equal_func(actions, names[i], g_str_equal, NULL))
                        g_ptr_array_add(actions, g_strdup(names[i]));
        }
        return g_steal_pointer(&actions);
}

static bool add_actions(DesktopEntry *boxed,
                        const DesktopEntry *original,
                        const GPtrArray *actions,
                        const BoxedRequest *request,
                        GError **error)
{
        for (guint i = 0; i < actions->len; i++) {
                g_autofree char *group = g_strconcat(action_prefix, g_ptr_array_index(actions, i), NULL);

                for (guint g = 0; g < desktop_entry_n_groups(original); g++)
                        if (strcmp(desktop_entry_group(original, g), group) == 0)
                                copy_keys(boxed, original, g, action_keys);
                if (!add_exec(boxed, original, group, request, error))
                        return false;
        }
        return true;
}

static bool check_original(const DesktopEntry *original, GError **error)
{
        const char *type = desktop_entry_get(original, main_group, "Type");
        const char *hidden = desktop_entry_get(original, main_group, "Hidden");
        const char *name = desktop_entry_get(original, main_group, "Name"), *wrong = NULL;

        if (desktop_entry_n_groups(original) == 0 || strcmp(desktop_entry_group(original, 0), main_group) != 0)
                wrong = N_("the first group is not [Desktop Entry]");
        else if (type == NULL || strcmp(type, "Application") != 0)
                wrong = N_("not of Type=Application");
        else if (hidden != NULL && strcmp(hidden, "true") == 0)
                wrong = N_("Hidden=true: it counts as deleted");
        else if (name == NULL || *name == '\0')
                wrong = N_("it has no Name");
        if (wrong != NULL)
                g_set_error_literal(error, ORIEL_ERROR, ORIEL_ERROR_INVALID, _(wrong));
        return wrong == NULL;
}

DesktopEntry *desktop_entry_boxed(const DesktopEntry *original, const BoxedRequest *request, GError **error)
{
        g_autoptr(DesktopEntry) boxed = desktop_entry_new();
        g_autoptr(GPtrArray) actions = list_actions(original);

        if (!check_original(original, error))
                return NULL;
        desktop_entry_add(boxed, main_group, "Type", "Application");
        add_names(boxed, original, 0);
        copy_keys(boxed, original, 0, main_keys);
        if (!add_exec(boxed, original, main_group, request, error))
                return NULL;
        /* The entry hides itself where Oriel is gone. */
        desktop_entry_add(boxed, main_group, "TryExec", request->oriel);
        desktop_entry_add(boxed, main_group, "X-Oriel-App", request->app);
        if (actions->len > 0) {
                g_autofree char *list = NULL;

                g_ptr_array_add(actions, NULL);
                list = g_strjoinv(";", (char **)actions->pdata);
                g_ptr_array_remove_index(actions, actions->len - 1);
                g_autofree char *value = g_strconcat(list, ";", NULL);
                desktop_entry_add(boxed, main_group, "Actions", value);
        }
        return add_actions(boxed, original, actions, request, error) ? g_steal_pointer(&boxed) : NULL;
}
