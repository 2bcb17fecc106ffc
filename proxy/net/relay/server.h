/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "relay/options.h"

/* Serves until the front end's channel closes.  0, or -errno with a sentence. */
int relay_server_run(const Options *options, Buffer *error);
