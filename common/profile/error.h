/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The error domain of every GLib room.  A code exists only where some caller acts on it. */
#define ORIEL_ERROR (oriel_error_quark())
GQuark oriel_error_quark(void);

typedef enum OrielError {
        ORIEL_ERROR_FAILED,    /* Oriel failed: exit 125 */
        ORIEL_ERROR_USAGE,     /* bad command line: exit 125 for run and shell, 2 else */
        ORIEL_ERROR_INVALID,   /* a profile, grant or facts file is wrong; the message says FILE:LINE:COLUMN */
        ORIEL_ERROR_NOT_FOUND, /* no such profile, app, instance */
        ORIEL_ERROR_DENIED,    /* refused by a rule of ours; the message says the mend */
} OrielError;

G_END_DECLS
