/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cli/command.h"
#include "launch/prepare.h"

/* `oriel run` for that request.  With no_wait its exit status, or -1 with *error; else this process becomes the front
 * end, and it returns only on failure. */
int run_request(const Cli *cli, LaunchRequest *request, GError **error);
