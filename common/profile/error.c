/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The quark of ORIEL_ERROR. */

#include "profile/error.h"

G_DEFINE_QUARK(oriel_error, oriel_error)
