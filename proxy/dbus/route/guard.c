/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Portals write "Exec=flatpak run ID" for whoever has a /.flatpak-info, which starts nothing or something else than the
 * box; and they take launchers and autostart entries of that id away, which may be Oriel's own, that stand before one
 * of the system's.  So nothing of either kind reaches them. */
#include "route/guard.h"

#include <string.h>

enum { NOTICE_BYTES = 4096 }; /* of Notify, up to the number: the program's name stands before it */

static const struct {
        const char *interface, *member; /* member NULL: all others */
        GuardKind kind;
        size_t n_body;
} calls[] = {
        { "org.freedesktop.Notifications", "Notify", GUARD_NOTIFY, NOTICE_BYTES },
        { "org.freedesktop.Notifications", "CloseNotification", GUARD_CLOSE, 4 },
        { "org.freedesktop.portal.Background", "RequestBackground", GUARD_BACKGROUND, SIZE_MAX },
        { "org.freedesktop.portal.DynamicLauncher", "PrepareInstall", GUARD_LAUNCHER, SIZE_MAX },
        { "org.freedesktop.portal.DynamicLauncher", "RequestInstallToken", GUARD_REFUSE, 0 },
        { "org.freedesktop.portal.DynamicLauncher", "Install", GUARD_REFUSE, 0 },
        { "org.freedesktop.portal.DynamicLauncher", "Uninstall", GUARD_REFUSE, 0 },
        { "org.freedesktop.portal.DynamicLauncher", "Launch", GUARD_REFUSE, 0 },
        { "org.freedesktop.portal.DynamicLauncher", NULL, GUARD_REFUSE, 0 },
        { "org.a11y.Bus", "GetAddress", GUARD_ADDRESS, 0 },
};

static size_t row_of(const WireHeader *header)
{
        for (size_t i = 0; header->type == WIRE_CALL && i < sizeof calls / sizeof *calls; i++) {
                bool same = calls[i].member != NULL && strcmp(calls[i].member, header->member) == 0;

                /* Some services find a method by its name alone. */
                if (header->interface == NULL
                            ? same
                            : strcmp(calls[i].interface, header->interface) == 0 && (same || calls[i].member == NULL))
                        return i;
        }
        return sizeof calls / sizeof *calls;
}

GuardKind guard_of_call(const WireHeader *header)
{
        size_t row = row_of(header);

        if (row == sizeof calls / sizeof *calls)
                return GUARD_NONE;
        return header->interface != NULL ? calls[row].kind : GUARD_REFUSE;
}

bool guard_is_notice(const WireHeader *header, bool *ret_closes)
{
        if (header->type != WIRE_SIGNAL || strcmp(header->interface, "org.freedesktop.Notifications") != 0 ||
            header->signature == NULL || header->signature[0] != 'u')
                return false;
        *ret_closes = strcmp(header->member, "NotificationClosed") == 0;
        return true;
}

size_t guard_needs_body(const WireHeader *header)
{
        size_t row = row_of(header);
        bool closes = false;

        if (row < sizeof calls / sizeof *calls)
                return calls[row].n_body;
        return guard_is_notice(header, &closes) ? 4 : 0;
}
