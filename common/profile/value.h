/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The values of a profile that have a form of their own, from text to numbers and parts.  An entry that stands in a
 * Profile was read once already: these can't fail on it, and return FALSE only for a text from elsewhere. */

typedef enum ProfileAccess {
        PROFILE_ACCESS_RW, /* Flatpak's default */
        PROFILE_ACCESS_RO,
        PROFILE_ACCESS_CREATE, /* writable, and made where it is missing */
} ProfileAccess;

/* An entry of [Context] filesystems: "xdg-download/x:ro", "!~/.ssh", "!host:reset". */
typedef struct ProfileFilesystem {
        gboolean negated;
        gboolean reset;    /* "!host:reset": nothing of the layers below was kept; path is "host" */
        gboolean optional; /* ":optional": skipped where it does not exist */
        ProfileAccess access;
        char *path; /* "home" or "~/x", "host", "host-etc", "host-os", "host-root", "xdg-NAME" or "xdg-NAME/x", "/x";
                     * normalised: no "..", no "//", no "/" at the end */
} ProfileFilesystem;

gboolean profile_filesystem_parse(ProfileFilesystem *ret_filesystem, const char *entry);
void profile_filesystem_clear(ProfileFilesystem *filesystem);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ProfileFilesystem, profile_filesystem_clear)

typedef enum ProfileWorkspaceMode {
        PROFILE_WORKSPACE_RW, /* where none is written */
        PROFILE_WORKSPACE_RO,
        PROFILE_WORKSPACE_OVERLAY,
        PROFILE_WORKSPACE_COPY,
} ProfileWorkspaceMode;

/* [Files] workspace: "none" gives *ret_path NULL; else a path as written ("." too). */
gboolean profile_workspace_parse(const char *text, char **ret_path, ProfileWorkspaceMode *ret_mode);

/* "512M", "2G", "4096": bytes; K, M, G, T are powers of 1024. */
gboolean profile_size_parse(const char *text, guint64 *ret_bytes);

/* "90", "90s", "5m", "2h": seconds. */
gboolean profile_time_parse(const char *text, guint64 *ret_seconds);

/* [Display] size: "1280x800"; FALSE for "auto". */
gboolean profile_screen_parse(const char *text, guint *ret_width, guint *ret_height);

/* "OUTSIDE" or "OUTSIDE:INSIDE". */
gboolean profile_ports_parse(const char *text, guint *ret_outside, guint *ret_inside);

G_END_DECLS
