/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Input methods by their portals: names on the session bus, made for boxes, where each program reaches contexts of its
 * own.  Which one the person uses the caller's environment says; what it says is put right where the box would not find
 * it. */
#include <string.h>

#include "planner/context.h"

static const struct Method {
        const char *name, *portal, *modifiers;
} methods[] = {
        { "ibus", "org.freedesktop.portal.IBus", "XMODIFIERS=@im=ibus" },
        { "fcitx", "org.freedesktop.portal.Fcitx", "XMODIFIERS=@im=fcitx" },
};

/* Does a rule of the profile's let the app call it? */
static gboolean is_granted(const Planner *planner, const struct Method *method)
{
        static const char *const kinds[] = { "--talk=", "--own=", "--call=" };

        for (guint i = 0; planner->session_bus == BUS_FILTERED && i < planner->session_options->len; i++) {
                const char *option = planner->session_options->pdata[i];
                gsize n = strlen(method->portal);

                for (gsize k = 0; k < G_N_ELEMENTS(kinds); k++) {
                        const char *name = option + strlen(kinds[k]);

                        if (g_str_has_prefix(option, kinds[k]) && strncmp(name, method->portal, n) == 0 &&
                            (name[n] == '\0' || name[n] == '='))
                                return TRUE;
                }
        }
        return FALSE;
}

/* "ibus", "fcitx5", "@im=fcitx" */
static gboolean is_used(const Planner *planner, const struct Method *method)
{
        static const char *const variables[] = { "GTK_IM_MODULE", "QT_IM_MODULE", "XMODIFIERS" };

        for (gsize i = 0; i < G_N_ELEMENTS(variables); i++) {
                const char *value = host_facts_env(planner->facts, variables[i]);

                if (value != NULL && g_str_has_prefix(value, "@im="))
                        value += strlen("@im=");
                if (value != NULL && g_str_has_prefix(value, method->name))
                        return TRUE;
        }
        return FALSE;
}

/* The one that the person uses; where nothing says which, the only one that is granted. */
static const struct Method *find(const Planner *planner)
{
        const struct Method *granted = NULL;
        gsize n_granted = 0, n_used = 0;

        for (gsize i = 0; i < G_N_ELEMENTS(methods); i++) {
                gboolean used = is_used(planner, &methods[i]);

                n_used += used;
                if (!is_granted(planner, &methods[i]))
                        continue;
                if (used)
                        return &methods[i];
                granted = &methods[i];
                n_granted++;
        }
        return n_used == 0 && n_granted == 1 ? granted : NULL;
}

void planner_input_method(const Planner *planner, GPtrArray *environment)
{
        const struct Method *method = find(planner);

        if (method == NULL)
                return;
        g_ptr_array_add(environment, g_strdup_printf("GTK_IM_MODULE=%s", method->name));
        g_ptr_array_add(environment, g_strdup_printf("QT_IM_MODULE=%s", method->name));
        g_ptr_array_add(environment, g_strdup(method->modifiers));
        if (method == &methods[0])
                g_ptr_array_add(environment, g_strdup("IBUS_USE_PORTAL=1"));
}
