/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

#include "base/buffer.h"
#include "route/guard.h"
#include "wire/header.h"

/* StandIn - an answer that a service would give, made in its place.  It hears a harmless call (Ping) instead of the one
 * that was meant for it: so it is started if it was not, an answer comes from its own unique name, as libraries check,
 * and if it is not there the client hears so. */
typedef struct StandIn StandIn;

/* For a call of kind GUARD_BACKGROUND, _LAUNCHER or _ADDRESS.  untrusted_body: whole; client: its unique name; address:
 * of GUARD_ADDRESS.  0; -EINVAL: the arguments are not such as the service takes; -ENOMEM. */
int stand_in_new(StandIn **ret,
                 GuardKind kind,
                 const WireHeader *call,
                 const uint8_t *untrusted_body,
                 const char *client,
                 const char *address);
void stand_in_free(StandIn *stand_in);

/* The harmless call, in the client's name. */
void stand_in_put_call(Buffer *to_bus, const WireHeader *call);
/* The answer that the client gets, now that this one came; and what a portal says later, whose serial is to be another.
 */
void stand_in_put_answer(Buffer *to_client,
                         const StandIn *stand_in,
                         const WireHeader *answer,
                         const char *client,
                         uint32_t signal_serial);
