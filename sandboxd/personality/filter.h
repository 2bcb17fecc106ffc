/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "personality/session.h"

/* The caller's seccomp programs. */

/* Reads one and adds it; closes fd.  Ends the process where it is none. */
void filter_read(Session *session, int fd);
/* Loads all in their order; the same. */
void filter_load(const Session *session);
