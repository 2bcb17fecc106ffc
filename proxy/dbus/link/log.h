/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "route/route.h"
#include "wire/header.h"

/* The lines of --log, as xdg-dbus-proxy writes them to its output: programs read them (bubblejail does). */
void log_message(WireFrom from, const WireHeader *header, const RouteOutput *output);
