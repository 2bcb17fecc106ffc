/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

#include "base/buffer.h"
#include "verdict/verdict.h"
#include "wire/header.h"

/* Messages that the proxy makes up.  Each is added to the buffer. */

/* The answer that a verdict is, in the bus's name, to a call with that serial; about: the name that it is about. */
void answer_put(Buffer *to_client,
                Verdict verdict,
                const WireHeader *call,
                const char *about,
                const char *client,
                uint32_t serial);
/* The client's answer to a caller outside that there are too many calls under way. */
void answer_put_busy(Buffer *to_bus, const WireHeader *call, uint32_t serial);
/* A call of a method of the bus with one text argument, or none. */
void answer_put_bus_call(Buffer *to_bus, const char *member, const char *argument, uint32_t serial, uint8_t flags);
