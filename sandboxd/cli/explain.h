/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "base/buffer.h"
#include "launch/prepare.h"

/* `oriel explain APP (path | changes | bus | host) WORD`: is it allowed, and by which line of which file.  The verdict
 * is read off the plan, so that it is what would be done; the profile only says where it came from.
 *
 * No effects but reading.  COMMAND_DONE: allowed; COMMAND_NO: not. */

/* path: absolute, normalised. */
int explain_path(const Launch *launch, const char *path, Buffer *ret_text);

/* What the app has changed, apart from the host's own, at or below that path. */
int explain_changes(const Launch *launch, const char *path, Buffer *ret_text);

/* NAME, or NAME.INTERFACE.MEMBER; of the session bus, else of the system bus. */
int explain_bus(const Launch *launch, const char *name, Buffer *ret_text);

/* NAME[:PORT]. */
int explain_host(const Launch *launch, const char *host, Buffer *ret_text);

/* A note on the display that is given, and why. */
void explain_display(const Launch *launch, Buffer *ret_text);

/* Notes on files that an app could write and that are linked elsewhere.  Reads the directories. */
void explain_links(const Launch *launch, Buffer *ret_text);

/* " (FILE:LINE [GROUP] KEY)" */
void explain_add_origin(Buffer *text, ProfileOrigin origin, const char *group, const char *key);
