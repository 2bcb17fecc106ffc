/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "personality/session.h"

/* What --info-fd and --json-status-fd are told. */

/* The child and its namespaces, to both; --info-fd is closed.  false after a line on standard error. */
bool status_started(const Session *session, pid_t child);

/* The command's end, to --json-status-fd, as a shell would say it. */
void status_ended(const Session *session, int code);
