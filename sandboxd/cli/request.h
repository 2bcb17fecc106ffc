/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cli/command.h"
#include "launch/prepare.h"

/* What `run` and `explain` were asked for; borrows from the options.  ORIEL_ERROR_USAGE for what does not go
 * together. */
bool request_from_options(LaunchRequest *ret_request, const Cli *cli, GError **error);
