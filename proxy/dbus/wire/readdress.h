/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

#include "base/buffer.h"
#include "wire/header.h"

/* Adds a message's header with another sender and destination (NULL: as it was); all else stays, its byte order too, so
 * that the body can follow as it is.  bytes: those that header was scanned from. */
void wire_readdress(
        Buffer *to, const WireHeader *header, const uint8_t *bytes, const char *sender, const char *destination);
