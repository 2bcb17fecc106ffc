/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libintl.h>

/* Sentences for people: _("...") translates now, N_("...") marks a text in a table that is translated where it is
 * printed.  Every file that uses them stands in po/POTFILES.in.  A main.c calls setlocale(), bindtextdomain() and
 * textdomain(ORIEL_TEXT_DOMAIN); where none did, the English text comes back. */
#define ORIEL_TEXT_DOMAIN "oriel"

/* By domain: rooms are libraries, and a program that links one may have a domain of its own. */
#define _(text) dgettext(ORIEL_TEXT_DOMAIN, text)
#define N_(text) text
#define ORIEL_NGETTEXT(one, many, n) dngettext(ORIEL_TEXT_DOMAIN, one, many, (unsigned long)(n))
