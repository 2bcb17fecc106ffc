/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The accessibility bus, on which screen readers hear what apps show and are told.  Every program on it is trusted with
 * all of that, so an app gets a filtered one: it can say that it is there and answer who asks it, and nothing else. The
 * rules are Flatpak's. */
#include <string.h>

#include "base/i18n.h"
#include "planner/context.h"

#define REGISTRY "org.a11y.atspi.Registry"
#define DEVICES "org.a11y.atspi.DeviceEventController"

static const char *const options[] = {
        "--sloppy-names",
        "--broadcast=" REGISTRY "=" REGISTRY ".EventListenerRegistered@/org/a11y/atspi/registry",
        "--broadcast=" REGISTRY "=" REGISTRY ".EventListenerDeregistered@/org/a11y/atspi/registry",
        "--call=" REGISTRY "=org.a11y.atspi.Socket.Embed@/org/a11y/atspi/accessible/root",
        "--call=" REGISTRY "=org.a11y.atspi.Socket.Unembed@/org/a11y/atspi/accessible/root",
        "--call=" REGISTRY "=" REGISTRY ".GetRegisteredEvents@/org/a11y/atspi/registry",
        "--call=" REGISTRY "=" DEVICES ".GetKeystrokeListeners@/org/a11y/atspi/registry/deviceeventcontroller",
        "--call=" REGISTRY "=" DEVICES ".GetDeviceEventListeners@/org/a11y/atspi/registry/deviceeventcontroller",
        "--call=" REGISTRY "=" DEVICES ".NotifyListenersSync@/org/a11y/atspi/registry/deviceeventcontroller",
        "--call=" REGISTRY "=" DEVICES ".NotifyListenersAsync@/org/a11y/atspi/registry/deviceeventcontroller",
};

/* On the session bus: where that bus is, which the proxy answers, and whether anybody listens. */
static const char *const session_options[] = {
        "--accessibility=" PLANNER_ACCESSIBILITY,
        "--call=org.a11y.Bus=org.a11y.Bus.GetAddress@/org/a11y/bus",
        "--call=org.a11y.Bus=org.freedesktop.DBus.Properties.Get@/org/a11y/bus,arg0=org.a11y.Status",
        "--call=org.a11y.Bus=org.freedesktop.DBus.Properties.GetAll@/org/a11y/bus,arg0=org.a11y.Status",
        "--broadcast=org.a11y.Bus=org.freedesktop.DBus.Properties.PropertiesChanged@/org/a11y/bus,arg0=org.a11y.Status",
};

static void add_policies(Planner *planner)
{
        for (guint i = 0; i < profile_map_size(planner->profile, PROFILE_MAP_ACCESSIBILITY_POLICY); i++) {
                const char *access = profile_map_value(planner->profile, PROFILE_MAP_ACCESSIBILITY_POLICY, i);

                if (!g_str_equal(access, "none"))
                        g_ptr_array_add(planner->accessibility_options,
                                        g_strdup_printf("--%s=%s", access,
                                                        profile_map_name(planner->profile,
                                                                         PROFILE_MAP_ACCESSIBILITY_POLICY, i)));
        }
}

void planner_decide_accessibility(Planner *planner)
{
        gboolean asked = g_str_equal(profile_get_string(planner->profile, PROFILE_COMPANIONS_ACCESSIBILITY), "filter");
        gboolean shown = planner->display != DISPLAY_NONE || planner->wayland != WAYLAND_NONE;
        const char *lacks = planner->session_bus != BUS_FILTERED ? _("it comes with a filtered session bus")
                            : !shown                             ? _("this run has no display")
                            : planner->facts->accessibility_bus == NULL
                                    ? _("there is none on this machine, or nothing has started it")
                                    : NULL;

        if (asked && lacks != NULL && profile_map_size(planner->profile, PROFILE_MAP_ACCESSIBILITY_POLICY) > 0)
                planner_note(planner, _("asked accessibility=filter, given none: %s"), lacks);
        if (!asked || lacks != NULL)
                return;
        planner->accessibility_options = g_ptr_array_new_with_free_func(g_free);
        for (gsize i = 0; i < G_N_ELEMENTS(options); i++)
                g_ptr_array_add(planner->accessibility_options, g_strdup(options[i]));
        add_policies(planner);
        for (gsize i = 0; i < G_N_ELEMENTS(session_options); i++)
                g_ptr_array_add(planner->session_options, g_strdup(session_options[i]));
}

void planner_accessibility_environment(const Planner *planner, GPtrArray *environment)
{
        if (planner->accessibility_options != NULL) {
                g_ptr_array_add(environment, g_strdup("AT_SPI_BUS_ADDRESS=" PLANNER_ACCESSIBILITY));
        } else if (planner->session_bus != BUS_HOST &&
                   (planner->display != DISPLAY_NONE || planner->wayland != WAYLAND_NONE)) {
                /* Toolkits need not wait for what is not there. */
                g_ptr_array_add(environment, g_strdup("NO_AT_BRIDGE=1"));
                g_ptr_array_add(environment, g_strdup("GTK_A11Y=none"));
        }
}
