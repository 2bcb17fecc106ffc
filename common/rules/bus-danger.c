/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules/bus-danger.h"

#include <string.h>

#include "base/i18n.h"

#define SESSION "session"
#define SYSTEM "system"
#define DESKTOP_PORTAL "org.freedesktop.portal.Desktop"

#define RUNS N_("starts any program outside the box")
#define RUNS_AS_ROOT N_("changes the system as its owner lets the person do, programs that are run included")
#define LAUNCHER N_("writes a launcher that starts a program without the box")
#define PRETENDS N_("answers other programs in the person's name")

const BusDanger bus_dangers[] = {
        /* programs outside */
        { NULL, "org.freedesktop.Flatpak", false, NULL, N_("runs any command outside the box (HostCommand)") },
        { NULL, "org.freedesktop.systemd1", false, NULL,
          N_("starts any program outside the box (StartTransientUnit)") },
        { SYSTEM, "org.freedesktop.machine1", false, NULL, N_("opens a shell outside the box") },
        { SESSION, "org.gnome.Shell", false, NULL, N_("runs code in the desktop's shell, and loads extensions") },
        { SESSION, "org.gnome.SessionManager", false, NULL, N_("sets variables of every program started later") },
        { SESSION, "org.gnome.Terminal", true, NULL, RUNS },
        { SESSION, "org.xfce.Terminal5", false, NULL, RUNS },
        { SESSION, "org.kde.konsole", true, NULL, RUNS },
        { SESSION, "org.kde.yakuake", true, NULL, RUNS },
        { SESSION, "org.kde.krunner", false, NULL, RUNS },
        { SESSION, "org.kde.klauncher5", false, NULL, RUNS },
        { SESSION, "org.kde.klauncher6", false, NULL, RUNS },
        { SESSION, "org.kde.KWin", true, NULL, N_("runs scripts in the desktop's shell") },
        { SESSION, "org.kde.plasmashell", false, NULL, N_("runs scripts in the desktop's shell") },
        { SESSION, "org.kde.kded5", true, NULL, N_("loads modules into a service outside the box") },
        { SESSION, "org.kde.kded6", true, NULL, N_("loads modules into a service outside the box") },
        { SESSION, "org.fcitx.Fcitx5", false, "org.fcitx.Fcitx.Controller1",
          N_("changes input methods for every window") },
        /* launchers that are started without a box */
        { SESSION, DESKTOP_PORTAL, false, "org.freedesktop.portal.Background", LAUNCHER },
        { SESSION, DESKTOP_PORTAL, false, "org.freedesktop.portal.DynamicLauncher", LAUNCHER },
        /* files and settings */
        { NULL, "ca.desrt.dconf", true, NULL,
          N_("changes the settings of every program, some of which are commands that are run") },
        { SESSION, "org.gtk.vfs", true, NULL, N_("reads and writes every file of the person's") },
        { SESSION, "org.xfce.Xfconf", false, NULL,
          N_("changes the settings of every program, some of which are commands that are run") },
        { SESSION, "org.xfce.FileManager", false, NULL, N_("opens, moves and runs the person's files") },
        { SESSION, "org.freedesktop.FileManager1", false, NULL,
          N_("has files shown, and thereby read, outside the box") },
        { SESSION, "org.freedesktop.Tracker3.Miner", true, NULL, N_("searches the texts of the person's files") },
        /* secrets, and answers in the person's name */
        { SESSION, "org.freedesktop.secrets", false, NULL, N_("reads every secret of the login keyring") },
        { SESSION, "org.gnome.keyring", true, NULL, N_("reads every secret of the login keyring") },
        { SESSION, "org.kde.kwalletd5", false, NULL, N_("reads every secret of the wallet") },
        { SESSION, "org.kde.kwalletd6", false, NULL, N_("reads every secret of the wallet") },
        { SESSION, "org.freedesktop.impl.portal", true, NULL, PRETENDS },
        { SESSION, "org.freedesktop.PolicyKit1.AuthenticationAgent", true, NULL, PRETENDS },
        /* other windows */
        { SESSION, "org.a11y.Bus", false, NULL, N_("reads and drives every other program's windows") },
        { SESSION, "org.gnome.Mutter", true, NULL, N_("records the screen, and types into other windows") },
        { SESSION, "org.gnome.Shell.Screenshot", false, NULL, N_("takes pictures of other windows") },
        /* the system */
        { SYSTEM, "org.freedesktop.PackageKit", false, NULL, RUNS_AS_ROOT },
        { SYSTEM, "org.freedesktop.Accounts", false, NULL, RUNS_AS_ROOT },
        { SYSTEM, "org.freedesktop.UDisks2", false, NULL, N_("mounts, reads and writes disks") },
        { SYSTEM, "org.freedesktop.NetworkManager", false, NULL, N_("changes the network, and reads its secrets") },
        { SYSTEM, "fi.w1.wpa_supplicant1", false, NULL, N_("changes the network, and reads its secrets") },
        { 0 },
};

/* Is one of these names the other, or below it? */
static bool covers(const char *name, bool below, const char *other)
{
        size_t n = strlen(name);

        return strncmp(name, other, n) == 0 && (other[n] == '\0' || (below && other[n] == '.'));
}

static bool is_name(const BusDanger *row, const char *pattern)
{
        size_t n = strlen(pattern);
        char name[256];
        bool below = n > 2 && n < sizeof name && strcmp(pattern + n - 2, ".*") == 0;

        if (!below)
                return covers(row->name, row->below, pattern);
        memcpy(name, pattern, n - 2);
        name[n - 2] = '\0';
        return covers(row->name, row->below, name) || covers(name, true, row->name);
}

const BusDanger *bus_danger_find(bool system, const char *name, const char *method)
{
        for (const BusDanger *row = bus_dangers; row->name != NULL; row++) {
                if (row->bus != NULL && strcmp(row->bus, system ? SYSTEM : SESSION) != 0)
                        continue;
                if (!is_name(row, name))
                        continue;
                if (row->interface == NULL || method == NULL || covers(row->interface, true, method))
                        return row;
        }
        return NULL;
}
