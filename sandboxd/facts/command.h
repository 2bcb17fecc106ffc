/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "planner/host-facts.h"
#include "witness/witnesses.h"

G_BEGIN_DECLS

/* The file of that name in a search path ("/a:/b"), or NULL. */
char *facts_find_program(Witnesses *witnesses, const char *name, const char *search);

/* Adds what a command is, and its interpreter; nothing where there is no such command.  written: an absolute path, or a
 * name that is looked for. */
void facts_ask_command(HostFacts *facts, Witnesses *witnesses, const char *written, const char *search);

/* The interpreter of a script's first line, as execve(2) and env(1) read it: a path, or a name to look for; NULL: it
 * has none. */
char *facts_interpreter(const char *text);

G_END_DECLS
