/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* DesktopEntry - a desktop file as groups of keys, in the file's order, localised keys ("Name[de]") included.  Values
 * are as written, escapes and all; comments are gone. */
typedef struct DesktopEntry DesktopEntry;

enum { DESKTOP_ENTRY_MAX_BYTES = 1024 * 1024 };

/* Refused as a whole, with LABEL:LINE in *error: NUL, invalid UTF-8, duplicate groups or keys, a line that is neither,
 * text before the first group, bad names of groups and keys. */
DesktopEntry *desktop_entry_parse(const char *text, gsize n, const char *label, GError **error);
DesktopEntry *desktop_entry_new(void);
void desktop_entry_free(DesktopEntry *entry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DesktopEntry, desktop_entry_free)

guint desktop_entry_n_groups(const DesktopEntry *entry);
const char *desktop_entry_group(const DesktopEntry *entry, guint i);
guint desktop_entry_n_keys(const DesktopEntry *entry, guint group);
const char *desktop_entry_key(const DesktopEntry *entry, guint group, guint i);
const char *desktop_entry_value(const DesktopEntry *entry, guint group, guint i);
/* As written, or NULL. */
const char *desktop_entry_get(const DesktopEntry *entry, const char *group, const char *key);

/* Adds the key at the end of that group, which is made where it is missing.  Both must be new. */
void desktop_entry_add(DesktopEntry *entry, const char *group, const char *key, const char *value);

/* Undoes and does the escapes of a string value: \s \n \t \r \\ (and \; in lists).  NULL for an unknown escape. */
char *desktop_entry_unescape(const char *value);
char *desktop_entry_escape(const char *text);

char *desktop_entry_print(const DesktopEntry *entry);
