/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "ids/bus-name.h"
#include "rules/bus-danger.h"

typedef struct Case {
        gboolean system;
        const char *name, *method, *row; /* NULL: none */
} Case;

static const Case cases[] = {
        { FALSE, "org.freedesktop.Flatpak", "org.freedesktop.Flatpak.Development.HostCommand",
          "org.freedesktop.Flatpak" },
        { FALSE, "org.freedesktop.Flatpak", NULL, "org.freedesktop.Flatpak" },
        { FALSE, "org.freedesktop.Flatpakk", NULL, NULL },
        { FALSE, "org.freedesktop.Flatpak.SystemHelper", NULL, NULL },
        { TRUE, "org.freedesktop.systemd1", "org.freedesktop.systemd1.Manager.StartTransientUnit",
          "org.freedesktop.systemd1" },
        { FALSE, "org.freedesktop.systemd1", NULL, "org.freedesktop.systemd1" },
        { FALSE, "ca.desrt.dconf", "ca.desrt.dconf.Writer.Change", "ca.desrt.dconf" },
        { FALSE, "org.gtk.vfs.Daemon", "org.gtk.vfs.MountTracker.ListMounts", "org.gtk.vfs" },
        { FALSE, "org.gtk.vfsx", NULL, NULL },
        /* Portals: two of the methods. */
        { FALSE, "org.freedesktop.portal.Desktop", "org.freedesktop.portal.FileChooser.OpenFile", NULL },
        { FALSE, "org.freedesktop.portal.Desktop", "org.freedesktop.portal.Background.RequestBackground",
          "org.freedesktop.portal.Desktop" },
        { FALSE, "org.freedesktop.portal.Desktop", "org.freedesktop.portal.DynamicLauncher.Install",
          "org.freedesktop.portal.Desktop" },
        { FALSE, "org.freedesktop.portal.Desktop", "org.freedesktop.portal.BackgroundX.Y", NULL },
        { FALSE, "org.freedesktop.impl.portal.PermissionStore", NULL, "org.freedesktop.impl.portal" },
        /* A pattern has the dangers of what it covers. */
        { FALSE, "org.freedesktop.*", NULL, "org.freedesktop.Flatpak" },
        { FALSE, "org.gtk.*", NULL, "org.gtk.vfs" },
        { FALSE, "org.mpris.*", NULL, NULL },
        /* Each bus its own. */
        { FALSE, "org.freedesktop.machine1", NULL, NULL },
        { TRUE, "org.freedesktop.machine1", NULL, "org.freedesktop.machine1" },
        { TRUE, "org.freedesktop.secrets", NULL, NULL },
        { FALSE, "org.freedesktop.Notifications", "org.freedesktop.Notifications.Notify", NULL },
};

static void test_find(void)
{
        for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
                const BusDanger *found = bus_danger_find(cases[i].system, cases[i].name, cases[i].method);

                g_assert_cmpstr(found != NULL ? found->name : NULL, ==, cases[i].row);
        }
}

static void test_table(void)
{
        for (const BusDanger *row = bus_dangers; row->name != NULL; row++) {
                g_assert_true(bus_name_is_well_known(row->name, strlen(row->name)));
                g_assert_true(row->bus == NULL || strcmp(row->bus, "session") == 0 || strcmp(row->bus, "system") == 0);
                g_assert_nonnull(row->reason);
                g_assert_true(row->interface == NULL || bus_interface_is_valid(row->interface, strlen(row->interface)));
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/bus-danger/find", test_find);
        g_test_add_func("/bus-danger/table", test_table);
        return g_test_run();
}
