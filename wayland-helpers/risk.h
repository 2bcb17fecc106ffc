/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"

/* What an app may be shown of a compositor.  A security context only labels a connection: what a labelled client sees
 * is the compositor's choice, so each name that is shown is looked up here, and a name that nobody has judged is as bad
 * as a bad one.  Pure. */

/* What a program could do with that global that no boxed app may; NULL: it is harmless. */
const char *wayland_risk(const char *untrusted_interface);

/* Adds "NAME (RISK), NAME (RISK)" of all risky ones among the names (each ended by NUL); FALSE: none is. */
bool wayland_risks(Buffer *ret_text, const Buffer *untrusted_names);
