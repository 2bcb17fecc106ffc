/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* DesktopExec - the value of an Exec key (Desktop Entry Specification 1.5, "The Exec key"): a program and arguments, in
 * which field codes stand for what the launcher fills in.
 *
 * Each argument is a *template*: a literal per cent sign is written "%%", a field code "%f"; all quoting is undone. */
typedef struct DesktopExec {
        GPtrArray *args; /* char *, at least one; the first is the program and holds no field code */
} DesktopExec;

/* value: after the key file's own escapes (\s, \\ ...) were undone.  NULL with *error where the specification forbids
 * it: a reserved character outside quotes, an open quote, an unknown code, a code inside quotes, more than one of
 * %f %F %u %U, a control character; and where an argument begins with "@@" or is "--file-forwarding", which other
 * launchers read as an instruction. */
DesktopExec *desktop_exec_parse(const char *value, GError **error);
void desktop_exec_free(DesktopExec *exec);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DesktopExec, desktop_exec_free)

/* A literal text as a template, and back; NULL where the template holds a field code. */
char *desktop_exec_quote_codes(const char *literal);
char *desktop_exec_literal(const char *template_text);

/* The value again, quoted: parse(print(x)) is x. */
char *desktop_exec_print(const DesktopExec *exec);
